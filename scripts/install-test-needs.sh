#!/bin/sh
# What the tests need beyond Python: Chromium, PostgreSQL, and pdftotext to read certificates. Installed through apt where that is allowed, otherwise asked for.
set -eu
missing=""
browser_found=""
for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$browser" ] && command -v "$browser" >/dev/null 2>&1; then
        browser_found=yes
    fi
done
[ -n "$browser_found" ] || missing="chromium"
if ! command -v initdb >/dev/null 2>&1 && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    missing="$missing postgresql"
fi
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
[ -n "$missing" ] || exit 0
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    echo "Installing what the tests need (once): $missing ..."
    # The tests start a PostgreSQL of their own; the package need not start one.
    # shellcheck disable=SC2086
    if $as_root apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq \
        --no-install-recommends $missing >/dev/null; then
        exit 0
    fi
fi
echo "The tests need: $missing. Install them (Debian, Ubuntu: apt install $missing; a browser may be named in CHROMIUM), then again: make test" >&2
exit 2
