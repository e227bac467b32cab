#!/bin/sh
# Starts the Docker engine and sshd of a sandbox server, and ends both when the container is stopped.
set -eu

# A Docker engine in a container needs control groups that it may write to.
prepare_cgroups() {
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mount -o remount,rw /sys/fs/cgroup 2>/dev/null || :
    # Version 2: a group that has children may hold no processes, so ours move into a child first.
    mkdir -p /sys/fs/cgroup/init
    while read -r pid; do
      echo "$pid" > /sys/fs/cgroup/init/cgroup.procs 2>/dev/null || :
    done < /sys/fs/cgroup/cgroup.procs
    sed -e 's/ / +/g' -e 's/^/+/' /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control || :
    return
  fi
  # Version 1: one hierarchy for each controller, and the named one that `docker exec` looks for.
  mount -o remount,rw /sys
  mountpoint -q /sys/fs/cgroup && umount -R /sys/fs/cgroup 2>/dev/null || :
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  awk '$1 !~ /^#/ && $4 == 1 { print $1 }' /proc/cgroups | while read -r controller; do
    mkdir -p "/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" || rmdir "/sys/fs/cgroup/$controller"
  done
  mkdir -p /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
}

authorize() {
  home=$1 user=$2
  install -d -m 700 -o "$user" -g "$user" "$home/.ssh"
  printf '%s\n' "$SANDBOX_AUTHORIZED_KEY" > "$home/.ssh/authorized_keys"
  chown "$user:$user" "$home/.ssh/authorized_keys"
  chmod 600 "$home/.ssh/authorized_keys"
}

prepare_cgroups
mount --make-rshared / 2>/dev/null || :

if [ -n "${SANDBOX_AUTHORIZED_KEY:-}" ]; then
  authorize /root root
  authorize /home/deploy deploy
fi

[ -f /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -C '' -f /etc/ssh/ssh_host_ed25519_key
mkdir -p /run/sshd
/usr/sbin/sshd -D -e &
sshd=$!

stopping=
stop() {
  stopping=yes
  kill -TERM "$sshd" "$dockerd" 2>/dev/null || :
}

# Left over when the container was killed and started again.
rm -f /var/run/docker.pid /run/docker/containerd/containerd.pid
# As an init system does: an engine that ends is started again.
while [ -z "$stopping" ]; do
  dockerd --host unix:///var/run/docker.sock >> /var/log/dockerd.log 2>&1 &
  dockerd=$!
  trap stop TERM INT
  # `wait` returns early when a signal comes; the engine then takes its time to end its containers.
  while kill -0 "$dockerd" 2>/dev/null; do wait "$dockerd" || :; done
  [ -n "$stopping" ] || sleep 1
done
kill -TERM "$sshd" 2>/dev/null || :
