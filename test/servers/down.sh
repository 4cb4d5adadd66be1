#!/usr/bin/env bash
# Stops what up.sh started, and nothing else. What was written stays, so that the next start is quick.
set -u
. "$(dirname "$0")/setup/common.sh"
stopping=
for file in "$RUN"/*.pid; do
  [ -e "$file" ] || continue
  if alive "$(basename "$file" .pid)"; then
    read -r pid _ <"$file"
    kill -TERM "$pid" && stopping="$stopping $pid"
  fi
  rm -f "$file"
done
# one that has ended, but whose parent did not look yet, is a zombie
gone() { ! [ -e "/proc/$1/stat" ] || sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | grep -q '^Z'; }
for pid in $stopping; do
  for _ in $(seq 50); do
    gone "$pid" && break
    sleep 0.1
  done
  if ! gone "$pid"; then
    say "$pid did not end within 5 s: killed"
    kill -KILL "$pid"
  fi
done
say "stopped$(set -- $stopping; echo " $#")"
