#!/bin/sh
# Before the packages are configured: how the initial RAM disk is to be made, and that no service starts in here.
set -e
root=$1
mkdir -p "$root/etc/initramfs-tools/conf.d" "$root/usr/share/initramfs-tools/modules.d"
printf 'MODULES=list\nCOMPRESS=lz4\nRUNSIZE=10%%\n' > "$root/etc/initramfs-tools/conf.d/cloud"
printf '%s\n' virtio_pci virtio_blk virtio_scsi sd_mod nvme ext4 > "$root/usr/share/initramfs-tools/modules.d/cloud"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
