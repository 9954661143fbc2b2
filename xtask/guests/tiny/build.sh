#!/bin/bash
# The tiny guest: Debian's cloud kernel and busybox on a bootable disk, for tests that boot in seconds.
# Boots by BIOS (syslinux) and by UEFI (systemd-boot). Needs no root, no loop device and no mount.
#
#   build.sh CACHE OUT      writes OUT/tiny.raw (and OUT/vmlinuz, OUT/initrd.img for booting without a boot loader)
set -euo pipefail
cache=$1 out=$(realpath "$2") here=$(dirname "$(realpath "$0")")
export PATH=$PATH:/sbin:/usr/sbin SOURCE_DATE_EPOCH=1700000000 MTOOLS_SKIP_CHECK=1
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/debs" "$work/files" "$work/root" "$work/initrd"

# --- out of packages that are never installed: the kernel, busybox, the UEFI boot loader
"$here/../packages.sh" fetch "$cache" "$work/debs" linux-image-cloud-amd64 busybox-static systemd-boot-efi
for deb in "$work"/debs/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$work/files" --wildcards --no-anchored \
    'boot/vmlinuz-*' 'bin/busybox' 'systemd-bootx64.efi' 'kernel/drivers/virtio' 'virtio_blk.ko*' 'virtio_net.ko*' \
    'net_failover.ko*' 'failover.ko*' 'virtio-rng.ko*' 'rng-core.ko*' 'acpi/button.ko*' 'input/evdev.ko*' 2>/dev/null || true
done
kernel=$(basename "$work"/files/boot/vmlinuz-* | sed 's/^vmlinuz-//')
busybox=$(find "$work/files" -path '*bin/busybox' -type f)
cp "$work/files/boot/vmlinuz-$kernel" "$out/vmlinuz"

module() { # NAME TARGET
  local file
  file=$(find "$work/files" -name "$1.ko*" | head -1)
  case $file in
    *.xz) xz -dc "$file" > "$2/$1.ko" ;;
    *.zst) zstd -dqc "$file" > "$2/$1.ko" ;;
    ?*) cp "$file" "$2/$1.ko" ;;
  esac
}

# --- the root file system
root=$work/root
disk_modules="virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk"
mkdir -p "$root"/{bin,sbin,etc,proc,sys,dev,run,tmp,root,lib/modules,var/lib/tiny,var/log,www/cgi-bin}
for name in $disk_modules failover net_failover virtio_net rng-core virtio-rng button evdev; do
  module "$name" "$root/lib/modules"
done
cp "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do
  [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
cp -r "$here/root/." "$root/"
chmod 755 "$root"/sbin/* "$root"/bin/imds "$root"/bin/disk-check "$root"/www/cgi-bin/* "$root"/etc/udhcpc.sh
echo 'root::0:0:root:/root:/bin/sh' > "$root/etc/passwd"
echo 'root:x:0:' > "$root/etc/group"

# --- the initial RAM disk: what it takes to find the root disk
initrd=$work/initrd
mkdir -p "$initrd"/{bin,dev,proc,sys,root,lib}
cp "$busybox" "$initrd/bin/busybox"
ln -s busybox "$initrd/bin/sh"
for name in $disk_modules; do module "$name" "$initrd/lib"; done
install -m 755 "$here/initrd-init" "$initrd/init"
( cd "$initrd" && find . | sort | cpio -o -H newc --reproducible -R 0:0 --quiet ) | lz4 -l -9 -q > "$out/initrd.img"

# --- the disk: GPT, a FAT partition with both boot loaders, the root file system last
boot_start=2048 boot_sectors=$((36 * 2048))
root_start=$((boot_start + boot_sectors)) root_sectors=$((27 * 2048))
disk=$out/tiny.raw
truncate -s $(((root_start + root_sectors + 2048) * 512)) "$disk"
sfdisk -q "$disk" <<END
label: gpt
label-id: 6ba7b810-9dad-11d1-80b4-00c04fd430c8
start=$boot_start, size=$boot_sectors, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, attrs=LegacyBIOSBootable, name=boot
start=$root_start, size=$root_sectors, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=tinyroot
END
mbr=/usr/lib/syslinux/mbr/gptmbr.bin
[ -e $mbr ] || mbr=/usr/lib/SYSLINUX/gptmbr.bin
dd if=$mbr of="$disk" bs=440 count=1 conv=notrunc status=none

append="console=ttyS0 quiet loglevel=4 nokaslr mitigations=off audit=0 selinux=0 apparmor=0 random.trust_cpu=on"
append="$append no_timer_check cryptomgr.notests 8250.nr_uarts=1 panic=-1"
boot=$work/boot.fat
truncate -s $((boot_sectors * 512)) "$boot"
mkfs.fat -F 16 -n BOOT -h $boot_start "$boot" > /dev/null
cat > "$work/syslinux.cfg" <<END
SERIAL 0 115200
DEFAULT linux
PROMPT 0
TIMEOUT 0
LABEL linux
  LINUX /vmlinuz
  INITRD /initrd.img
  APPEND $append
END
syslinux --install "$boot"
mcopy -i "$boot" "$out/vmlinuz" "$out/initrd.img" "$work/syslinux.cfg" ::/
printf 'timeout 0\ndefault tiny.conf\n' > "$work/loader.conf"
printf 'title tiny\nlinux /vmlinuz\ninitrd /initrd.img\noptions %s\n' "$append" > "$work/tiny.conf"
mmd -i "$boot" ::/EFI ::/EFI/BOOT ::/loader ::/loader/entries
mcopy -i "$boot" "$(find "$work/files" -name systemd-bootx64.efi)" ::/EFI/BOOT/BOOTX64.EFI
mcopy -i "$boot" "$work/loader.conf" ::/loader/
mcopy -i "$boot" "$work/tiny.conf" ::/loader/entries/
dd if="$boot" of="$disk" bs=1M seek=$((boot_start / 2048)) conv=notrunc,sparse status=none
mke2fs -q -t ext4 -L tinyroot -d "$root" -E "offset=$((root_start * 512)),root_owner=0:0,lazy_itable_init=1" \
  -J size=1 -O ^metadata_csum -m 0 "$disk" $((root_sectors / 2))k 2> /dev/null
