#!/usr/bin/env bash
# Tests the packages, as .ci/package makes them of what is committed: that they are whole, that what
# reads them accepts them, that they install, start and go away again, and that a second build in
# another folder gives the same bytes.
#   --windows    those for Windows too, under Wine
#   --scratch    the second build compiles all anew
#   --keep DIR   leaves the packages there if all is well
set -euo pipefail
unset CDPATH
umask 022 # for the folders that dpkg-deb reads
cd "$(dirname "$0")/.."

readonly app=io.github.corsage.Corsage
windows=false scratch_build=false keep=''
while [ $# -gt 0 ]; do
	case $1 in
	--windows) windows=true ;;
	--scratch) scratch_build=true ;;
	--keep) keep=${2:?names no folder} && shift ;;
	*) echo ".ci/package_test.sh: unknown option '$1'" >&2 && exit 2 ;;
	esac
	shift
done
scratch=$(mktemp -d)
screen=''
trap '[ -z "$screen" ] || kill "$screen" || true; rm -rf "$scratch"' EXIT
passed=0 failed=0

# check WHAT COMMAND... counts one test. A failed one shows what the command printed.
check() {
	if "${@:2}" >"$scratch/said" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL: %s\n' "$1"
		sed 's/^/    /' "$scratch/said"
	fi
}
same() { [ "$1" = "$2" ] || { printf 'got:\n%s\nwant:\n%s\n' "$1" "$2" && false; }; }

# exits STATUS COMMAND... says what was printed too.
exits() {
	local status=0
	"${@:2}" || status=$?
	[ "$status" -eq "$1" ] || { echo "exit status $status, want $1" && false; }
}

# Bad use.
check 'no target' exits 2 .ci/package
check 'an unknown target' exits 2 .ci/package linux amiga
check 'no folder' exits 2 .ci/package linux --out
check 'help' exits 0 .ci/package --help
[ "$(uname -s)" = Darwin ] || check 'macos elsewhere' exits 1 .ci/package macos --out "$scratch/none"

# Two builds of one commit.
commit=$(git rev-parse HEAD)
one=$scratch/one two=$scratch/two
targets=(linux deb)
! $windows || targets+=(windows)
.ci/package "${targets[@]}" --out "$one"
arch=$(go env GOHOSTARCH)
archive=$(cd "$one" && ls corsage-*-linux-"$arch".tar.xz)
name=${archive%.tar.xz}
version=${name#corsage-}
version=${version%-linux-"$arch"}
deb=$(cd "$one" && ls corsage_*_"$arch".deb)
deb=$one/$deb
elsewhere=$scratch/'else where'
git clone -q . "$elsewhere"
git -C "$elsewhere" checkout -q --detach "$commit"
mkdir "$scratch/hooks"
printf '#!/bin/sh\nexit 1\n' >"$scratch/hooks/post-checkout"
chmod +x "$scratch/hooks/post-checkout"
cat >"$scratch/gitconfig" <<CONFIG
[core]
	autocrlf = true
	hooksPath = $scratch/hooks
[log]
	date = relative
CONFIG
GOENV=$scratch/goenv go env -w GOPROXY="$(go env GOPROXY)" GOMODCACHE="$(go env GOMODCACHE)" GOCACHE="$(go env GOCACHE)" GOFLAGS=-tags=bench GOAMD64=v3
(
	umask 027
	! $scratch_build || export GOCACHE=$scratch/cache
	export GIT_CONFIG_GLOBAL=$scratch/gitconfig GOENV=$scratch/goenv CDPATH=.:$scratch
	export TZ=Asia/Kathmandu LC_ALL=C.UTF-8 TMPDIR=$scratch GOFLAGS=-mod=mod CGO_CFLAGS=-O1 XZ_OPT=-1 TAR_OPTIONS=--mode=700 ZIPOPT=-1
	cd "$elsewhere"
	bash .ci/package "${targets[@]}" --out "$two"
)
check 'a second build gives the same bytes' same "$(cat "$two/SHA256SUMS")" "$(cat "$one/SHA256SUMS")"
rm -rf "$two" "$elsewhere" "$scratch/cache"

# The archive.
sums() { (cd "$one" && sha256sum --check --strict SHA256SUMS && same "$(cut -c 67- SHA256SUMS)" "$(find . -type f ! -name SHA256SUMS | cut -c 3- | LC_ALL=C sort)"); }
check 'SHA256SUMS is of all files' sums
tar -xf "$one/$archive" -C "$scratch"
tree=$scratch/$name
listing() { tar --numeric-owner -tvf "$one/$archive"; }
check 'files belong to root, and have the time of the commit' same "$(TZ=UTC listing | awk '{print $2, $4, $5}' | sort -u)" "0/0 $(TZ=UTC git log -1 "$commit" --date=format-local:'%Y-%m-%d %H:%M' --format=%cd)"
check 'files are for all to read' same "$(listing | cut -d ' ' -f 1 | sort -u | tr '\n' ' ')" '-rw-r--r-- -rwxr-xr-x drwxr-xr-x '
check 'files are sorted' same "$(tar -tf "$one/$archive")" "$(tar -tf "$one/$archive" | LC_ALL=C sort)"
check 'what is in the archive' same "$(cd "$tree" && find . -type f | LC_ALL=C sort)" "./LICENSE
./Makefile
./README.md
./THIRD-PARTY.txt
./usr/bin/corsage
./usr/share/applications/$app.desktop
./usr/share/bash-completion/completions/corsage
./usr/share/fish/vendor_completions.d/corsage.fish
$(for size in 128x128 16x16 22x22 24x24 256x256 32x32 48x48 512x512 64x64; do echo "./usr/share/icons/hicolor/$size/apps/$app.png"; done)
./usr/share/icons/hicolor/scalable/apps/$app.svg
./usr/share/metainfo/$app.metainfo.xml
./usr/share/zsh/vendor-completions/_corsage"

# The program.
program=$tree/usr/bin/corsage
check 'the program has the version of its package' same "$("$program" version | cut -d ' ' -f 2)" "$version"
check 'the program has a window' grep -q fyne.io/fyne/v2 <(go version -m "$program")
no_paths() { ! grep -aoE "($scratch|$PWD|${HOME%/}/|$(go env GOMODCACHE)|/tmp/go-build)[[:print:]]{0,60}" "$program"; }
check 'the program names no folder of this machine' no_paths
sizes() {
	local picture want
	for picture in "$tree"/usr/share/icons/hicolor/*/apps/*.png; do
		want=${picture#*/hicolor/}
		same "$(identify -format %wx%h "$picture")" "${want%%/*}"
	done
}
check 'icons have the sizes of their folders' sizes

# The menu entry, the shop's page, the completions.
entry=$tree/usr/share/applications/$app.desktop
check 'desktop-file-validate' same "$(desktop-file-validate "$entry")" ''
check 'the menu entry starts the program' grep -qx 'Exec=corsage' "$entry"
actions() {
	local command
	sed -n 's/^Exec=corsage *//p' "$entry" >"$scratch/commands"
	while read -r command; do
		# shellcheck disable=SC2086 # words, as in the entry
		"$program" help $command || return 1
	done <"$scratch/commands"
	same "$(cat "$scratch/commands")" '
browser'
}
check 'the menu entry names commands that there are' actions
check 'appstreamcli validate' appstreamcli validate --no-net "$tree/usr/share/metainfo/$app.metainfo.xml"
check 'bash completion' bash -n "$tree/usr/share/bash-completion/completions/corsage"
check 'zsh completion' grep -q '^#compdef corsage' "$tree/usr/share/zsh/vendor-completions/_corsage"
check 'fish completion' grep -q 'complete -c corsage' "$tree/usr/share/fish/vendor_completions.d/corsage.fish"

# The list of components, by the schemas that come with the tool's library.
schemas=$scratch/schemas
cp -R "$(go list -C .ci/tools -m -f '{{.Dir}}' github.com/CycloneDX/cyclonedx-go)/schema" "$schemas"
chmod -R u+w "$schemas"
mv "$schemas"/jsf-0.82.schema*.json "$schemas/jsf-0.82.schema.json"
go build -C .ci/tools -o "$scratch/jv" github.com/santhosh-tekuri/jsonschema/cmd/jv
valid() { "$scratch/jv" --map "http://cyclonedx.org/schema/=$schemas" http://cyclonedx.org/schema/bom-1.6.schema.json "$1"; }
sed 's/"type": "library"/"type": "labrary"/' "$one/$name.cdx.json" >"$scratch/broken.json"
check 'the schema is one that a wrong list fails' exits 1 valid "$scratch/broken.json"
listed() { sed -n 's,^ *"bom-ref": "pkg:golang/\(.*\)@\(.*\)?type=module".*,\1 \2,p' "$1" | grep -Ev '^(corsage|std) ' | sort; }
linked() { go version -m "$1" | awk '$1 == "dep" {print $2, $3}' | sort; }
components() {
	valid "$1"
	same "$(listed "$1")" "$(linked "$2")"
	grep -q '"id": "MIT"' "$1"
	grep -qF "\"version\": \"$(go env GOVERSION)\"" "$1"
}
check 'the components are those in the program' components "$one/$name.cdx.json" "$program"
licences() {
	linked "$program" | while read -r module version; do
		grep -qF "$module $version: " "$tree/THIRD-PARTY.txt" || { echo "$module" && false; }
	done
}
check 'there is a licence of each component' licences

# make user-install, as a user does it, and away again.
home=$scratch/"Zoë O'Neil, \$x"
mkdir "$home"
user() { env -u MAKEFLAGS -u PREFIX -u DESTDIR HOME="$home" make -s -C "$tree" "$@"; }
check 'make user-install' user user-install
check 'the installed program starts' same "$("$home/.local/bin/corsage" version)" "$("$program" version)"
check 'the installed menu entry' desktop-file-validate "$home/.local/share/applications/$app.desktop"
check 'the installed menu entry names the program' grep -qxF "Exec=\"${home/\$/\\\\$}/.local/bin/corsage\" browser" "$home/.local/share/applications/$app.desktop"
check 'make user-uninstall' user user-uninstall
check 'make user-uninstall leaves nothing' same "$(cd "$home" && find . | LC_ALL=C sort | tr '\n' ' ')" '. ./.local ./.local/bin ./.local/share '
dest="$scratch/de st"
check 'make install into a folder' user install DESTDIR="$dest" PREFIX=/opt/corsage
check 'make install installs all' same "$(cd "$dest/opt/corsage" && find . -type f | sort)" "$(cd "$tree/usr" && find . -type f | sort)"
theirs=share/icons/hicolor/48x48/apps/theirs.png
touch "$dest/opt/corsage/$theirs"
check 'make uninstall' user uninstall DESTDIR="$dest" PREFIX=/opt/corsage
check "make uninstall leaves what is others'" same "$(cd "$dest/opt/corsage" && find . -type f)" "./$theirs"

# The .deb. Libraries that the program only loads when it needs them stand in it as names; some it
# tries as others' substitutes, and does without.
field() { dpkg-deb --field "$deb" "$1" | tr ',' '\n' | sed 's/^ *//' | sort; }
linked_libraries() {
	(
		mkdir -p "$scratch/shlibs/debian" && cd "$scratch/shlibs"
		printf 'Source: corsage\nPackage: corsage\nArchitecture: any\n' >debian/control
		dpkg-shlibdeps -O "$program" 2>/dev/null | sed 's/^shlibs:Depends=//' | tr ',' '\n' | sed 's/^ *//'
	)
}
depends_on_linked() { same "$(comm -13 <(field Depends) <(linked_libraries | sort))" ''; }
check 'the .deb depends on what the program is linked with, in these versions' depends_on_linked
loads() {
	local library package missing=''
	while read -r library; do
		case $library in libGLES* | libGLX* | libOSMesa* | libOpenGL* | libvulkan*) continue ;; esac
		package=$(dpkg -S "*/$library" 2>/dev/null | head -n 1 | cut -d : -f 1) || true
		{ field Depends && field Recommends; } | cut -d ' ' -f 1 | grep -qx "${package:-none}" || missing+=" $library (${package:-of no package here})"
	done < <(grep -aoE 'lib[A-Za-z0-9-]+\.so\.[0-9]+' "$program" | sort -u)
	same "$missing" ''
}
check 'the .deb depends on what the program loads' loads
# What the program starts, beside browsers and terminals: certutil and xdg-open.
check 'the .deb asks for certutil' grep -qx libnss3-tools <(field Recommends)
check 'the .deb asks for xdg-open' grep -qx xdg-utils <(field Recommends)
release=${version%%+*} deb_version=$(field Version)
case $version in
*+*)
	check 'the .deb has the version' grep -qxE "${release//./\\.}~[0-9]{14}\\+${version#*+}" <<<"$deb_version"
	check 'the release is newer than the .deb on the way to it' dpkg --compare-versions "$deb_version" lt "$release"
	;;
*) check 'the .deb has the version' same "$deb_version" "$version" ;;
esac
check 'lintian' lintian --allow-root --fail-on error,warning --suppress-tags hardening-no-pie,no-manual-page "$deb"
dpkg-deb -x "$deb" "$scratch/deb"
check 'the .deb holds what the archive does' diff -r "$scratch/deb/usr" "$tree/usr" --exclude=doc

# Installed into a root of its own, without what it depends on: dpkg, not the program, is asked here.
other_root=$scratch/root
in_root() { dpkg --root="$other_root" --force-depends --log=/dev/null "$@"; }
files() { (cd "$other_root" && find . -not -path './var/lib/dpkg*' | sort); }
if [ "$(id -u)" -eq 0 ]; then
	mkdir -p "$other_root"/var/lib/dpkg/{info,updates,triggers} "$other_root/tmp"
	touch "$other_root/var/lib/dpkg/status"
	before=$(files)
	mkdir -p "$scratch/older/DEBIAN" "$scratch/older/usr/bin" "$scratch/older/usr/share/corsage"
	echo older | tee "$scratch/older/usr/bin/corsage" >"$scratch/older/usr/share/corsage/gone"
	dpkg-deb --ctrl-tarfile "$deb" | tar -xO ./control | sed 's/^Version: .*/Version: 0.0.1/' >"$scratch/older/DEBIAN/control"
	dpkg-deb --build -z1 "$scratch/older" "$scratch/older.deb" >/dev/null
	check 'dpkg --install, an older version' in_root --install "$scratch/older.deb"
	check 'dpkg --install, over that' in_root --install "$deb"
	check 'what only the older version had is gone' test ! -e "$other_root/usr/share/corsage"
	check 'dpkg --verify' same "$(in_root --verify corsage)" ''
	check 'dpkg --purge' in_root --purge corsage
	check 'dpkg --purge leaves nothing' same "$(files)" "$before"
fi

# It opens its window. There is no D-Bus session, or libdbus would start one that stays.
mkfifo "$scratch/display"
Xvfb -displayfd 3 -screen 0 1280x900x24 3>"$scratch/display" >/dev/null 2>&1 &
screen=$!
read -r display <"$scratch/display"
opens() {
	env -i PATH="$PATH" HOME="$home" DISPLAY=":$display" XDG_RUNTIME_DIR="$home" DBUS_SESSION_BUS_ADDRESS=unix:path=/none timeout -k 60 120 "$scratch/deb/usr/bin/corsage" &
	local started=$! found=0
	DISPLAY=":$display" timeout 90 xdotool search --sync --onlyvisible --name Corsage || found=1
	kill "$started"
	wait "$started" && return "$found"
}
check 'the installed program opens its window, and ends when it is told' opens

# The program for Windows, twice in its archive, under Wine.
if $windows; then
	folder=$scratch/corsage-$version-windows-amd64
	unzip -q "$one/${folder##*/}.zip" -d "$scratch"
	check 'Windows: what is in the archive' same "$(cd "$folder" && echo *)" 'LICENSE.txt README.md THIRD-PARTY.txt corsage.com corsage.exe'
	check 'Windows: components' components "$one/${folder##*/}.cdx.json" "$folder/corsage.exe"
	subsystem() { x86_64-w64-mingw32-objdump -p "$1" | sed -n 's/^Subsystem.*(\(.*\))$/\1/p'; }
	check 'Windows: corsage.exe opens no console' same "$(subsystem "$folder/corsage.exe")" 'Windows GUI'
	check 'Windows: corsage.com has one' same "$(subsystem "$folder/corsage.com")" 'Windows CUI'
	check 'Windows: the version in its properties' same "$(strings -el "$folder/corsage.exe" | grep -A 1 -x ProductVersion)" "ProductVersion
${version%%+*}.1"
	icons() { # of the kinds RT_ICON and RT_GROUP_ICON
		x86_64-w64-mingw32-objdump -p "$1" >"$scratch/headers"
		grep -q '^010   *Entry: ID: 0x000003,' "$scratch/headers" && grep -q '^018   *Entry: ID: 0x00000e,' "$scratch/headers"
	}
	check 'Windows: an icon' icons "$folder/corsage.exe"
	check 'Windows: under Wine' .ci/wine/test "$folder/corsage.com" "$folder/corsage.exe"
fi

printf 'package_test: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
[ -z "$keep" ] || { mkdir -p "$keep" && cp "$one"/* "$keep"/; }
