#!/bin/bash
# A real Debian 12 cloud image: unmodified packages, cloud-init on its EC2 data source, GRUB for BIOS and UEFI,
# root partition last so that it can grow. Needs no loop device, no mount and no grub-install.
#
#   build.sh CACHE OUT      writes OUT/debian.raw and OUT/packages.txt
set -euo pipefail
cache=$1 out=$(realpath "$2") here=$(dirname "$(realpath "$0")")
mkdir -p "$cache/debian-archives"
cache=$(realpath "$cache")
export PATH=$PATH:/sbin:/usr/sbin MTOOLS_SKIP_CHECK=1 SOURCE_DATE_EPOCH=1700000000
packages=$(paste -sd, "$here/packages.txt")

# In memory where that is plentiful: the file system is written once and then read once.
place=$out
free=$(df --output=avail -k /dev/shm 2> /dev/null | tail -1 || echo 0)
memory=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
[ -w /dev/shm ] && [ "${free:-0}" -gt 1500000 ] && [ "$memory" -gt 3000000 ] && place=/dev/shm
work=$(mktemp -d "$place/amiable-debian.XXXXXX")
chmod 755 "$work"

# Root, or a user name space in which we are root (files then belong to its users: `inside` can read and remove them).
mode=root
inside() { "$@"; }
if [ "$(id -u)" != 0 ]; then
  mode=unshare
  inside() { mmdebstrap --unshare-helper "$@"; }
  chmod 777 "$work"
fi
trap 'inside rm -rf "$work/root" "$work/disk"; rm -rf "$work"' EXIT

fast=()
[ "$place" = /dev/shm ] || ! command -v eatmydata > /dev/null || fast=(eatmydata)
proxies=()
for kind in http https; do
  proxy=$(apt-config shell value "Acquire::$kind::Proxy" | sed -n "s/^value='\(.*\)'$/\1/p")
  [ -z "$proxy" ] || proxies+=("--aptopt=Acquire::$kind::Proxy \"$proxy\"")
done

"$here/../packages.sh" versions "$cache" debian-archive-keyring > /dev/null # writes sources.list
"${fast[@]}" mmdebstrap --mode=$mode --variant=minbase --architectures=amd64 \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' "${proxies[@]}" \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/i18n/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --skip=download/empty --skip=essential/unlink --skip=cleanup/apt/cache \
  --setup-hook='mkdir -p "$1/var/cache/apt/archives"' \
  --setup-hook="sync-in \"$cache/debian-archives\" /var/cache/apt/archives" \
  --essential-hook="sh '$here/essential.sh' \"\$1\"" \
  --customize-hook='rm -rf "$1/var/cache/apt/archives/lock" "$1/var/cache/apt/archives/partial"' \
  --customize-hook="sync-out /var/cache/apt/archives \"$cache/debian-archives\"" \
  --customize-hook='rm -rf "$1"/var/cache/apt/archives/*' \
  --customize-hook="sh '$here/customize.sh' \"\$1\"" \
  --include="$packages" bookworm "$work/root" "$cache/sources.list"
inside chroot "$work/root" dpkg-query -W > "$out/packages.txt"

# --- GRUB's two images
mkdir "$work/debs" "$work/grub"
"$here/../packages.sh" fetch "$cache" "$work/debs" grub-pc-bin grub-efi-amd64-bin
for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/grub"; done
cat > "$work/early.cfg" <<'END'
search --no-floppy --set=root --label root
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
END
modules="part_gpt ext2 search search_label configfile normal linux serial terminal echo test"
grub-mkimage -O i386-pc -d "$work/grub/usr/lib/grub/i386-pc" -p /boot/grub -c "$work/early.cfg" \
  -o "$work/core.img" biosdisk $modules
grub-mkimage -O x86_64-efi -d "$work/grub/usr/lib/grub/x86_64-efi" -p /boot/grub -c "$work/early.cfg" \
  -o "$work/BOOTX64.EFI" $modules fat

# --- the disk: 1 MiB for GRUB at sector 2048, 8 MiB ESP, root last
disk=$work/disk
size_mib=1100 bios=2048 esp=4096 esp_sectors=16384
root=$((esp + esp_sectors)) root_sectors=$((size_mib * 2048 - esp - esp_sectors - 2048))
truncate -s ${size_mib}M "$disk"
chmod 666 "$disk"
sfdisk -q "$disk" <<END
label: gpt
start=$root, size=$root_sectors, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
14 : start=$bios, size=2048, type=21686148-6449-6E6F-744E-656564454649, name=bios
15 : start=$esp, size=$esp_sectors, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=esp
END

# boot.img loads the first sector of core.img from the sector at 0x5c; that sector loads the rest from the one at 0x1f4.
# 0x66: the jump that skips a check for floppy drives becomes two no-ops, as grub-install does it.
sector() { printf '%016x\n' "$1" | fold -w2 | tac | sed 's/^/\\x/' | tr -d '\n'; }
patch() { printf "$2" | dd of="$1" bs=1 seek=$(($3)) conv=notrunc status=none; }
head -c 440 "$work/grub/usr/lib/grub/i386-pc/boot.img" > "$work/boot.img"
patch "$work/boot.img" "$(sector $bios)" 0x5c
patch "$work/boot.img" '\x90\x90' 0x66
patch "$work/core.img" "$(sector $((bios + 1)))" 0x1f4
dd if="$work/boot.img" of="$disk" conv=notrunc status=none
dd if="$work/core.img" of="$disk" bs=512 seek=$bios conv=notrunc status=none

truncate -s $((esp_sectors * 512)) "$work/esp"
mkfs.fat -n ESP -h $esp "$work/esp" > /dev/null
mmd -i "$work/esp" ::/EFI ::/EFI/BOOT
mcopy -i "$work/esp" "$work/BOOTX64.EFI" ::/EFI/BOOT/
dd if="$work/esp" of="$disk" bs=1M seek=$((esp / 2048)) conv=notrunc,sparse status=none
inside mke2fs -q -t ext4 -L root -d "$work/root" -E "offset=$((root * 512)),lazy_itable_init=0" -m 1 \
  "$disk" $((root_sectors / 2))k
cp --sparse=always "$disk" "$out/debian.raw"
