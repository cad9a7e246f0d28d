# Puts a redis-server on the PATH where the machine has none: Debian's packages, unpacked into a folder of their own, so that no service
# is started and root is not needed. Where that does not work out, tests that need one say that they were skipped.
provide_redis() {
  local folder="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/nightshift-redis" library package
  local packages=(redis-server redis-tools libjemalloc2 liblzf1 libatomic1)
  if [ ! -x "$folder/bin/redis-server" ]; then
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    rm -rf "$folder" && mkdir -p "$folder/packages" "$folder/root" "$folder/bin" || return 1
    (
      cd "$folder/packages" || exit 1
      timeout 60 apt-get -qq download "${packages[@]}" ||
        { timeout 60 apt-get -qq update && timeout 60 apt-get -qq download "${packages[@]}"; }
    ) >/dev/null 2>&1 || return 1
    for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/root" || return 1; done
    library="$(find "$folder/root" -name libjemalloc.so.2 | head -n 1)"
    printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "$@"\n' \
      "$(dirname "$library")" "$folder/root/usr/bin/redis-server" >"$folder/bin/redis-server" || return 1
    chmod +x "$folder/bin/redis-server"
  fi
  "$folder/bin/redis-server" --version >/dev/null 2>&1 || return 1
  PATH="$folder/bin:$PATH"
}
command -v redis-server >/dev/null || provide_redis ||
  echo 'There is no redis-server on this machine, and none could be fetched: tests that need one are skipped.'
