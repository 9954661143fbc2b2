#!/bin/bash
# Four disks of one system as its owner changes it, for measuring what a store makes of them; and the tree of files
# that nightly rebuilds start from. Needs no root, no loop device and no mount.
#
#   build.sh CACHE OUT      writes OUT/v1.raw, v2.raw, v3.raw, v2r.raw and OUT/tree.tar
#
# v1   Debian 12 with a kernel, sshd, cloud-init, python3 and nginx: ext4, 3 GiB, sparse
# v2   v1 with packages added in place: what an instance makes of its disk, captured
# v3   v2 with its configuration edited in place
# v2r  the files of v2 laid out anew: what an image builder makes that begins from nothing each time
set -euo pipefail
cache=$1 out=$(realpath "$2") here=$(dirname "$(realpath "$0")")
mkdir -p "$cache/debian-archives"
cache=$(realpath "$cache")
export PATH=$PATH:/sbin:/usr/sbin SOURCE_DATE_EPOCH=1735689600 E2FSPROGS_FAKE_TIME=1735689600
uuid=6d6b0a2e-0000-4000-8000-00000000ad12 seed=6d6b0a2e-0000-4000-8000-00000000beef
work=$(mktemp -d "$out/work.XXXXXX")
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT

proxies=()
for kind in http https; do
  proxy=$(apt-config shell value "Acquire::$kind::Proxy" | sed -n "s/^value='\(.*\)'$/\1/p")
  [ -z "$proxy" ] || proxies+=("--aptopt=Acquire::$kind::Proxy \"$proxy\"")
done
"$here/../packages.sh" versions "$cache" debian-archive-keyring > /dev/null # writes sources.list

# A tree of files in a folder of its own; owners and devices are left out, because only content is compared.
tree() {
  local name=$1
  shift
  mmdebstrap --variant=minbase --architectures=amd64 --aptopt='APT::Install-Recommends "false"' \
    --aptopt='Acquire::Languages "none"' "${proxies[@]}" \
    --skip=download/empty --skip=essential/unlink --skip=cleanup/apt/cache \
    --setup-hook='mkdir -p "$1/var/cache/apt/archives"' \
    --setup-hook="sync-in \"$cache/debian-archives\" /var/cache/apt/archives" \
    --customize-hook='rm -rf "$1/var/cache/apt/archives/lock" "$1/var/cache/apt/archives/partial"' \
    --customize-hook="sync-out /var/cache/apt/archives \"$cache/debian-archives\"" \
    --customize-hook='rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/*' \
    --include="$(cat "$@" | paste -sd,)" bookworm "$work/$name.tar" "$cache/sources.list"
  mkdir "$work/$name"
  tar -C "$work/$name" --no-same-owner --exclude='./dev/*' -xf "$work/$name.tar"
  chmod -R u+rwX "$work/$name"
}

layout() {
  truncate -s 3G "$2.partial"
  mke2fs -q -F -t ext4 -L cloudimg-root -U $uuid -d "$1" \
    -E hash_seed=$seed,lazy_itable_init=1,nodiscard,root_owner=0:0 "$2.partial"
  mv "$2.partial" "$2"
}

# The commands with which debugfs makes the tree $1 of the tree $2, within a file system that holds $1.
changes() {
  local old=$1 new=$2
  (cd "$old" && find . -mindepth 1 ! -type d -printf '%P\n' | sort) > "$work/old.list"
  (cd "$new" && find . -mindepth 1 ! -type d -printf '%P\n' | sort) > "$work/new.list"
  (cd "$new" && find . -mindepth 1 -type d -printf '%P\n' | sort) | while IFS= read -r folder; do
    [ -d "$old/$folder" ] || [ -L "$old/$folder" ] || echo "mkdir \"/$folder\""
  done
  comm -23 "$work/old.list" "$work/new.list" | while IFS= read -r path; do
    echo "rm \"/$path\""
  done
  while IFS= read -r path; do
    if [ -L "$new/$path" ]; then
      [ "$(readlink "$old/$path" 2> /dev/null)" = "$(readlink "$new/$path")" ] && continue
      [ ! -L "$old/$path" ] && [ ! -e "$old/$path" ] || echo "rm \"/$path\""
      echo "symlink \"/$path\" \"$(readlink "$new/$path")\""
    elif [ -f "$new/$path" ]; then
      cmp -s "$old/$path" "$new/$path" && continue
      [ ! -e "$old/$path" ] || echo "rm \"/$path\""
      echo "cd \"/$(dirname "$path")\""
      echo "write \"$new/$path\" \"$(basename "$path")\""
    fi
  done < "$work/new.list"
}

tree one "$here/packages.txt"
rm "$work/one.tar"
layout "$work/one" "$out/v1.raw"

tree two "$here/packages.txt" "$here/added.txt"
mv "$work/two.tar" "$out/tree.tar"
layout "$work/two" "$out/v2r.raw"
changes "$work/one" "$work/two" > "$work/commands"
cp --sparse=always "$out/v1.raw" "$out/v2.raw.partial"
debugfs -w -f "$work/commands" "$out/v2.raw.partial" > "$work/debugfs.log" 2>&1
mv "$out/v2.raw.partial" "$out/v2.raw"

mkdir -p "$work/conf"
echo 'build 3' > "$work/conf/motd"
sed 's/^#\?PermitRootLogin.*/PermitRootLogin no/' "$work/two/etc/ssh/sshd_config" > "$work/conf/sshd_config"
printf 'net.core.somaxconn=4096\nvm.swappiness=10\n' > "$work/conf/90-size.conf"
echo 'deploy ALL=(ALL) NOPASSWD:ALL' > "$work/conf/90-deploy"
{
  printf 'cd /etc\nrm motd\nwrite "%s" motd\n' "$work/conf/motd"
  printf 'cd /etc/ssh\nrm sshd_config\nwrite "%s" sshd_config\n' "$work/conf/sshd_config"
  printf 'cd /etc/sysctl.d\nwrite "%s" 90-size.conf\n' "$work/conf/90-size.conf"
  printf 'cd /etc/sudoers.d\nwrite "%s" 90-deploy\n' "$work/conf/90-deploy"
  for n in 1 2 3 4 5 6 7 8; do
    echo "server { listen 80$n; return 204; }" > "$work/conf/s$n.conf"
    printf 'cd /etc/nginx/conf.d\nwrite "%s" s%s.conf\n' "$work/conf/s$n.conf" $n
  done
} > "$work/commands"
cp --sparse=always "$out/v2.raw" "$out/v3.raw.partial"
debugfs -w -f "$work/commands" "$out/v3.raw.partial" > "$work/debugfs.log" 2>&1
mv "$out/v3.raw.partial" "$out/v3.raw"
