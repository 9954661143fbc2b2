#!/bin/bash
# Debian 12 packages for the guests, on any host that has apt: lists and archives in a folder of ours, nothing installed
# and nothing of the host's package state touched.
#
#   packages.sh versions CACHE PACKAGE...      prints "package version" lines; refreshes the lists once a day
#   packages.sh fetch CACHE FOLDER PACKAGE...  puts the packages' archives into FOLDER
#
# The packages come from where the host gets Debian packages; on a host that is not Debian, from deb.debian.org.
set -euo pipefail
command=$1 cache=$2
shift 2
suite=bookworm
mkdir -p "$cache/lists/partial" "$cache/archives/partial"
cache=$(realpath "$cache")
sources=$cache/sources.list
# Not written again: apt's own cache is good for as long as this file is old.
[ -e "$cache/status" ] || : > "$cache/status"
exec 9> "$cache/lock"
flock 9

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ ! -e $keyring ]; then
  echo "The keys of the Debian archive are missing: install the package debian-archive-keyring." >&2
  exit 1
fi

# The host's own mirror, however its sources are written (one line each, or deb822): apt itself has parsed them.
mirror() {
  [ "$(. /etc/os-release && echo "$ID")" = debian ] || return 0
  apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 2>/dev/null |
    awk -v kind="$1" '
      { security = ($1 ~ /security/ || $2 ~ /-security$/); other = ($2 ~ /-updates$|-backports/) }
      kind == "security" && security { print $1; exit }
      kind == "main" && !security && !other && $1 ~ /debian\/?$/ { print $1; exit }'
}

write_sources() {
  local main security
  main=$(mirror main)
  security=$(mirror security)
  cat > "$sources.new" <<END
deb [signed-by=$keyring] ${main:-http://deb.debian.org/debian} $suite main
deb [signed-by=$keyring] ${main:-http://deb.debian.org/debian} $suite-updates main
deb [signed-by=$keyring] ${security:-http://deb.debian.org/debian-security} $suite-security main
END
  mv "$sources.new" "$sources"
}

# The host's settings (proxies, credentials) hold; its sources, lists and archives do not.
apt_options=(
  -o "Dir::Etc::sourcelist=$sources" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null
  -o "Dir::State::lists=$cache/lists" -o "Dir::State::status=$cache/status" -o "Dir::Cache=$cache"
  -o "Dir::Cache::archives=$cache/archives" -o APT::Architecture=amd64 -o APT::Architectures=amd64
  -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3
  -o Acquire::GzipIndexes=false -o APT::Update::Post-Invoke::= -o APT::Update::Post-Invoke-Success::=
)

refresh() {
  local day_old
  day_old=$(find "$cache/refreshed" -mmin -1440 2>/dev/null || true)
  [ -n "$day_old" ] && [ -e "$sources" ] && return 0
  write_sources
  if apt-get "${apt_options[@]}" -qq update >&2; then
    touch "$cache/refreshed"
  elif [ ! -e "$cache/refreshed" ]; then
    echo "The lists of Debian packages cannot be fetched." >&2
    exit 1
  fi
}

# The package that a metapackage like linux-image-cloud-amd64 stands for; any other stands for itself.
resolve() {
  case $1 in
    linux-image-cloud-amd64)
      apt-cache "${apt_options[@]}" depends "$1" | sed -n 's/.*Depends: \(linux-image-[^ ]*\)/\1/p' | head -1 ;;
    *) echo "$1" ;;
  esac
}

version() {
  apt-cache "${apt_options[@]}" policy "$1" | sed -n 's/^ *Candidate: //p' | head -1
}

refresh
case $command in
  versions)
    wanted=()
    for package in "$@"; do wanted+=("$(resolve "$package")"); done
    apt-cache "${apt_options[@]}" policy "${wanted[@]}" |
      awk '/^[^ ]/ { name = $1 } /^ *Candidate:/ { sub(/:$/, "", name); print name, $2 }' ;;
  fetch)
    folder=$(realpath "$1")
    shift
    for package in "$@"; do
      package=$(resolve "$package")
      ( cd "$cache/archives" && apt-get "${apt_options[@]}" -qq download "$package" )
      newest=$(find "$cache/archives" -maxdepth 1 -name "${package}_$(version "$package" | sed 's/:/%3a/')_*.deb")
      cp -- $newest "$folder/"
    done ;;
  *) echo "unknown command $command" >&2; exit 2 ;;
esac
