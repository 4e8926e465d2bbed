# shellcheck shell=sh
# Debian's packages, of this machine's architecture and of arm64, unpacked into a folder. Nothing is
# installed, and no root is needed: apt is given folders of its own.
#
#   . debian_packages.sh
#   debian_apt DIR [SUITE]         an apt of its own in DIR; apt-cache and apt-get download use it. SUITE is another
#                                  Debian than this machine's, for this machine's architecture alone
#   debian_unpack DIR PACKAGE...   the packages' files, below DIR/root

debian_apt() {
  mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial" "$1/packages" "$1/root"
  cp /var/lib/dpkg/status "$1/state/status"
  cat >"$1/apt.conf" <<END
Dir::State "$1/state"; Dir::State::status "$1/state/status"; Dir::Cache "$1/cache";
APT::Sandbox::User "root"; APT::Architectures { "$(dpkg --print-architecture)"; "arm64"; };
Acquire::Languages "none";
END
  if [ -n "${2:-}" ]; then
    mirror=$(apt-get indextargets --format '$(SITE)' 'Component: main' | grep -m 1 '/debian/*$')
    echo "deb [arch=$(dpkg --print-architecture)] $mirror $2 main" >"$1/sources.list"
    printf 'Dir::Etc::sourcelist "%s"; Dir::Etc::sourceparts "-";\n' "$1/sources.list" >>"$1/apt.conf"
  fi
  export APT_CONFIG="$1/apt.conf"
  apt-get update -qq
}

debian_unpack() {
  folder=$1
  shift
  (
    cd "$folder/packages"
    apt-get download -qq "$@"
    for package in *.deb; do
      dpkg -x "$package" ../root
      rm "$package"
    done
  )
}
