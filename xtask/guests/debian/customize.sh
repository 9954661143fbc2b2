#!/bin/sh
# After the packages are installed: what makes a machine's system an image's. Only settings; no file of a package changes.
set -e
root=$1
rm -f "$root/usr/sbin/policy-rc.d" "$root"/etc/ssh/ssh_host_*_key* "$root/etc/hostname" "$root/var/lib/dbus/machine-id"
: > "$root/etc/machine-id"
printf 'LABEL=root / ext4 rw,discard,errors=remount-ro,x-systemd.growfs 0 1\n' > "$root/etc/fstab"
echo 'LANG=C.UTF-8' > "$root/etc/default/locale"
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n' > "$root/etc/hosts"
cat > "$root/etc/apt/sources.list" <<'END'
deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian bookworm-updates main
deb http://deb.debian.org/debian-security bookworm-security main
END
rm -f "$root"/etc/apt/sources.list.d/*

mkdir -p "$root/boot/grub"
cat > "$root/boot/grub/grub.cfg" <<'END'
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
set timeout=0
linux /vmlinuz root=LABEL=root ro console=tty0 console=ttyS0,115200 net.ifnames=0 biosdevname=0 quiet loglevel=4
initrd /initrd.img
boot
END
[ -e "$root/vmlinuz" ] || (cd "$root" && ln -s boot/vmlinuz-* vmlinuz && ln -s boot/initrd.img-* initrd.img)

# The network is systemd-networkd's; cloud-init writes its settings.
wants=$root/etc/systemd/system/multi-user.target.wants
mkdir -p "$wants"
ln -sf /lib/systemd/system/systemd-networkd.service "$wants/systemd-networkd.service"

# The user is called as in Debian's own AMIs.
mkdir -p "$root/etc/cloud/cloud.cfg.d"
cat > "$root/etc/cloud/cloud.cfg.d/50_image.cfg" <<'END'
datasource_list: [Ec2, None]
# Only the one address: looking up the other names, and waiting for the one of IPv6, costs up to 50 s of the first boot.
datasource:
  Ec2:
    metadata_urls: ["http://169.254.169.254"]
system_info:
  default_user:
    name: admin
    gecos: Debian
    sudo: ["ALL=(ALL) NOPASSWD:ALL"]
    shell: /bin/bash
    lock_passwd: true
    groups: [adm, sudo]
apt: {preserve_sources_list: true}
ssh_genkeytypes: [ed25519, ecdsa]
locale: C.UTF-8
# It asks debconf where GRUB was installed, for seconds; nothing here was installed by grub-install.
grub_dpkg: {enabled: false}
END

# Housekeeping that would run in the middle of a first boot.
rm -f "$root"/etc/systemd/system/*.wants/e2scrub_reap.service "$root"/etc/systemd/system/timers.target.wants/*.timer
rm -rf "$root/var/lib/apt/lists"/* "$root/var/cache/apt"/*.bin "$root/var/cache/debconf"/*-old "$root/var/log"/*.log
