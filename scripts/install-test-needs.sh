#!/bin/sh
# What the tests need beyond Python: Chromium. Installed through apt where that is allowed, otherwise asked for.
set -eu
for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$browser" ] && command -v "$browser" >/dev/null 2>&1; then
        exit 0
    fi
done
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    echo "Installing Chromium for the browser test (once) ..."
    if $as_root apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq \
        --no-install-recommends chromium >/dev/null; then
        exit 0
    fi
fi
echo "The tests need Chromium. Install it (Debian, Ubuntu: apt install chromium) or name it in CHROMIUM, then again: make test" >&2
exit 2
