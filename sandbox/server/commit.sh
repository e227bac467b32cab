#!/bin/sh
# sandbox-commit MESSAGE [--replace]: commits files, read as a tar archive from standard input, to the server's
# git origin, and prints the new commit. Makes the origin when it is missing.
# --replace: the archive is the whole tree. Run as the user deploy.
set -eu
message=$1
replace=${2:-}

origin=/srv/git/app.git
[ -d "$origin" ] || git init --quiet --bare "$origin"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet "$origin" "$work/tree" 2>/dev/null
cd "$work/tree"
git symbolic-ref HEAD refs/heads/main
if [ "$replace" = --replace ]; then
  git rm -r --quiet --ignore-unmatch .
fi
tar --no-same-owner -xf -
git add --all
git diff --cached --quiet 2>/dev/null || git commit --quiet --message "$message"
git push --quiet origin main
git rev-parse HEAD
