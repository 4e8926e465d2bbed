# shellcheck shell=sh
# Debian's packages, of this machine's architecture and of arm64, unpacked into a folder. Nothing is
# installed, and no root is needed: apt is given folders of its own.
#
#   . debian.sh
#   debian_apt DIR [SUITE]               an apt of its own in DIR, for this machine's release or for another
#   debian_unpack DIR ROOT PACKAGE...    the packages' files, below ROOT
#   debian_unpack_only DIR ROOT PACKAGE PATTERN   those of one package that fit

debian_apt() {
  mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial" "$1/packages"
  cp /var/lib/dpkg/status "$1/state/status"
  cat >"$1/apt.conf" <<END
Dir::State "$1/state"; Dir::State::status "$1/state/status"; Dir::Cache "$1/cache";
APT::Sandbox::User "root"; APT::Architectures { "$(dpkg --print-architecture)"; "arm64"; };
APT::Install-Recommends "false"; Acquire::Languages "none";
END
  [ -z "${2-}" ] || debian_suite "$1" "$2"
  export APT_CONFIG="$1/apt.conf"
  apt-get update -qq
}

# From the mirror that has this machine's packages. As if nothing were installed: the libraries of two
# releases do not mix. A mirror that stands still has a list of sid that has expired.
debian_suite() {
  mirror=$(awk '/^URIs:/ { uri = $2 } /^Suites:.*-updates/ { print uri; exit }' /etc/apt/sources.list.d/debian.sources)
  [ -n "$mirror" ] || { echo 'There is no mirror in debian.sources.' >&2; return 1; }
  mkdir -p "$1/parts"
  : >"$1/state/status"
  echo "deb $mirror $2 main" >"$1/sources.list"
  cat >>"$1/apt.conf" <<END
Dir::Etc::sourcelist "$1/sources.list"; Dir::Etc::sourceparts "$1/parts"; Dir::Etc::preferencesparts "$1/parts";
Acquire::Check-Valid-Until "false";
END
}

debian_unpack() (
  cd "$1/packages"
  root=$2
  shift 2
  mkdir -p "$root"
  apt-get download -qq "$@"
  for package in *.deb; do
    dpkg -x "$package" "$root"
    rm "$package"
  done
)

# For a package of tens of thousands of files, of which a folder is wanted.
debian_unpack_only() (
  cd "$1/packages"
  apt-get download -qq "$3"
  dpkg-deb --fsys-tarfile ./*.deb | tar --extract --directory "$2" --wildcards "$4"
  rm ./*.deb
)
