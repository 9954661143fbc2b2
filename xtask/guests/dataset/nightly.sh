#!/bin/bash
# One night's rebuild of a system: the tree of files moves on by a day and is laid out anew.
#
#   nightly.sh TREE DAY DISK      changes the folder TREE and writes DISK: ext4, 3 GiB, sparse
#
# A day: one package's files are new (about 2 MiB), logs grow, caches and ids change, every inode has a new time, and
# the file system has another id and another order of its directories.
set -euo pipefail
tree=$1 day=$2 disk=$3
export PATH=$PATH:/sbin:/usr/sbin
# Bytes that are the same for the same day on every machine, and compress about as programs do.
bytes() { head -c "$2" /dev/zero | openssl enc -aes-128-ctr -nosalt -K "$(printf %032x "$1")" -iv 00000000000000000000000000000000 | od -An -v -tx1; }

package=$tree/opt/package$((day % 5))
rm -rf "$package"
mkdir -p "$package"
for n in $(seq 20); do bytes $((day * 100 + n)) 35000 > "$package/file$n"; done
mkdir -p "$tree/var/log"
for log in dpkg apt syslog; do bytes $((day * 100 + 50)) 5000 >> "$tree/var/log/$log.log"; done
bytes $((day * 100 + 60)) 16 > "$tree/etc/machine-id"
bytes $((day * 100 + 61)) 60000 > "$tree/var/cache/ldconfig.new"
echo "build $day" > "$tree/etc/motd"

rm -f "$disk"
truncate -s 3G "$disk"
E2FSPROGS_FAKE_TIME=$((1735689600 + day * 86400)) mke2fs -q -F -t ext4 -L cloudimg-root \
  -U "$(printf '6d6b0a2e-0000-4000-8000-%012x' "$day")" -d "$tree" \
  -E "hash_seed=$(printf '6d6b0a2e-0000-4000-9000-%012x' "$day"),lazy_itable_init=1,nodiscard,root_owner=0:0" "$disk"
