#!/bin/sh
# The benchmark with what came along; options are passed on: `./run.sh --help`.
here=$(cd "$(dirname "$0")" && pwd)

ldconfig -p 2>/dev/null | grep -q libvulkan.so.1 ||
  export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

# Drivers that the loader does not find by itself.
if [ -z "$VK_DRIVER_FILES$VK_ICD_FILENAMES" ] &&
  ! ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json >/dev/null 2>&1; then
  for file in /usr/local/nvidia/share/vulkan/icd.d/*.json; do
    [ -e "$file" ] && export VK_DRIVER_FILES="$file"
  done
fi

if [ -z "$XDG_RUNTIME_DIR" ]; then
  XDG_RUNTIME_DIR=$(mktemp -d)
  export XDG_RUNTIME_DIR
fi

exec "$here/node" "$here/bench.mjs" --python "$(command -v python3 || echo python3)" --out "$here/runs/gpu.json" "$@"
