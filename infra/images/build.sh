#!/bin/sh
# Builds the image of the services with docker, podman or buildah, whichever is there:
#   infra/images/build.sh [--tag REFERENCE] [--base REFERENCE] [--with docker|podman|buildah]
# --base is the image to build on (see Containerfile); give one with a digest where builds are to be repeatable.
set -eu

fail() {
  printf 'build.sh: %s\n' "$@" >&2
  exit 1
}

here=$(CDPATH="" cd -- "$(dirname -- "$0")" && pwd -P)
root=${here%/infra/images}
node=$root/node_modules/.bin/node
tag=
base=
builder=

while [ $# -gt 0 ]; do
  case $1=${2:-} in
    --tag=?*) tag=$2 ;;
    --base=?*) base=$2 ;;
    --with=docker | --with=podman | --with=buildah) builder=$2 ;;
    *) fail "Cannot make sense of $1 ${2:-}" "usage: build.sh [--tag REFERENCE] [--base REFERENCE] [--with docker|podman|buildah]" ;;
  esac
  shift 2
done

if [ -n "$builder" ]; then
  command -v "$builder" >/dev/null || fail "$builder is not on PATH."
else
  for candidate in docker podman buildah; do
    command -v "$candidate" >/dev/null || continue
    builder=$candidate
    break
  done
  [ -n "$builder" ] || fail "None of docker, podman and buildah is on PATH; one of them is needed to build the image."
fi
[ -x "$node" ] || fail "The packages are not installed. Run \"./stormproof doctor\" once, and start again."
[ -n "$tag" ] || tag=localhost/stormproof/services:$("$node" -p 'require(process.argv[1]).version' "$root/package.json")

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
trap 'exit 130' INT TERM

printf 'build.sh: building %s with %s\n' "$tag" "$builder" >&2
"$node" "$here/context.ts" "$context"
"$builder" build --file "$here/Containerfile" ${base:+--build-arg "BASE=$base"} --tag "$tag" "$context"
