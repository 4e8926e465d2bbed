// buildah in the place of Docker: images of Dockerfiles, and programs in them. It needs root, and no engine: what runs in a
// container runs by chroot, on this machine's network.
import { runWell, serve } from '../../support/processes.mjs';

/** @param {string} folder all that it makes is there, the caches of `RUN --mount=type=cache` too */
export function buildah(folder) {
  const where = ['--root', `${folder}/images`, '--runroot', `${folder}/state`];
  // Nothing of this machine's settings: an image gets those of its Dockerfile.
  const env = {
    PATH: process.env.PATH,
    TMPDIR: folder,
    BUILDAH_ISOLATION: 'chroot',
  };
  // What it mounts goes with each run of it.
  const line = (...rest) => ['unshare', ['--mount', 'buildah', ...where, ...rest], { env }];
  const say = async (...rest) => (await runWell(...line(...rest))).trim();
  let containers = 0;

  return {
    /** `docker build`, without a registry to pull from. */
    build: (image, context, ...options) =>
      say('build', '--pull-never', '--tag', image, ...options, context),

    /** `docker create --env ... --volume ...`: what can be looked into, and run. */
    async container(image, { variables = {}, volumes = {} } = {}) {
      const name = `container-${++containers}`;
      await say('from', '--pull-never', '--name', name, image);
      const { config } = JSON.parse(await say('inspect', name)).OCIv1;
      const flags = [
        ...Object.entries(variables).flatMap((pair) => ['--env', pair.join('=')]),
        ...Object.entries(volumes).flatMap((pair) => ['--volume', `${pair.join(':')}:ro`]),
      ];
      const inIt = (command) => line('run', ...flags, name, '--', ...command);
      return {
        /** What a command prints in it. */
        print: async (...command) => (await runWell(...inIt(command))).trim(),
        /** The command of its image, which is a server. */
        serve: () => serve(...inIt(config.Cmd)),
      };
    },
  };
}
