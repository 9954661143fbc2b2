#!/bin/sh
# What DHCP said, made so.
export PATH=/bin:/sbin
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/${mask:-24}" dev "$interface"
for r in $router; do
  ip route add default via "$r" dev "$interface" 2> /dev/null
  break
done
set -- $staticroutes
while [ $# -ge 2 ]; do
  if [ "$2" = 0.0.0.0 ]; then
    ip route add "$1" dev "$interface"
  else
    ip route add "$1" via "$2" dev "$interface"
  fi 2> /dev/null
  shift 2
done
: > /etc/resolv.conf
for d in $dns; do echo "nameserver $d" >> /etc/resolv.conf; done
