#!/usr/bin/env bash
# Tests .ci/setup against stand-ins for uname, sudo, the package managers and pkg-config:
# what is installed is a file in $world/installed, what a command was run with is a line in $world/log.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
# What the stand-ins are told: the machine's folder, the package that can't be installed,
# versions that differ, whether packages bring nothing, and how often apt fails and with what.
export world='' refused='' versions='' broken='' failing='' failure='' CC='' PKG_CONFIG=''

# stub NAME makes a stand-in of the script on standard input.
stub() {
	{
		printf '#!%s\n' "$(command -v bash)"
		cat
	} >"$world/bin/$1"
	chmod +x "$world/bin/$1"
}

# new_world SYSTEM UID MANAGER... is a machine with Go and a C compiler and nothing else.
new_world() {
	local tool manager
	world=$(mktemp -d "$scratch/world.XXXX")
	mkdir -p "$world/bin" "$world/installed" "$world/.ci" "$world/ui/e2e/testdata/node"
	: >"$world/log"
	: >"$world/ui/e2e/testdata/node/package-lock.json"
	ln -s "$PWD/setup" "$world/.ci/setup"
	for tool in bash cat cut dirname grep head hash mkdir mktemp readlink rm sed tail tee touch env; do
		! type -P "$tool" >/dev/null || ln -s "$(type -P "$tool")" "$world/bin/$tool"
	done
	stub uname <<<"echo $1"
	stub id <<<"echo $2"
	stub go <<<'echo go1.26.0'
	stub gcc <<<'cat >/dev/null'
	stub clang <<<'cat >/dev/null'
	stub pkg-config <<-'STUB'
		[ -e "$world/installed/headers" ]
	STUB
	stub sudo <<-'STUB'
		echo "sudo $*" >>"$world/log"
		exec "$@"
	STUB
	# A manager installs every package it is named, and refuses those named in $refused.
	for manager in "${@:3}"; do
		stub "$manager" <<-'STUB'
			case "${0##*/} $1" in
			'brew list' | 'pacman -Q') [ -e "$world/installed/$2" ] && exit || exit 1 ;;
			esac
			echo "${0##*/} $*" >>"$world/log"
			[ "$(grep -c "^${0##*/} " "$world/log")" -gt "${failing:-0}" ] || { echo "$failure"; exit 100; }
			for argument; do
				[ "$argument" != "$refused" ] || { echo "E: Unable to locate package $argument"; exit 100; }
			done
			[ -n "$broken" ] || for argument; do
				case $argument in
				-* | install | update | */*) ;;
				*dev | *devel | libx11 | libgl*) touch "$world/installed/headers" ;;
				esac
				touch "$world/installed/${argument//\//_}"
			done
			for pair in chromium=chromium google-chrome=google-chrome firefox-esr=firefox-esr firefox=firefox webkit2gtk-driver=WebKitWebDriver \
				xvfb=Xvfb xorg-x11-server-Xvfb=Xvfb xorg-server-xvfb=Xvfb \
				xauth=xauth xorg-x11-xauth=xauth xorg-xauth=xauth \
				dbus=dbus-run-session dbus-daemon=dbus-run-session dbus=dbus-launch dbus-x11=dbus-launch \
				libglib2.0-bin=gsettings glib2=gsettings dconf-cli=dconf dconf=dconf \
				libkf5config-bin=kwriteconfig5 kf6-kconfig=kwriteconfig6 kconfig=kwriteconfig6 \
				xfce4-panel=xfce4-panel xdotool=xdotool imagemagick=import ImageMagick=import \
				libnss3-tools=certutil nss-tools=certutil nss=certutil openssl=openssl curl=curl wget=wget iproute2=ip iproute=ip \
				nodejs=node node=node npm=npm nodejs-npm=npm node=npm \
				dash=dash zsh=zsh fish=fish xterm=xterm xfce4-terminal=xfce4-terminal libglib2.0-bin=gio glib2=gio \
				caddy=caddy ruby=ruby php-cli=php php=php \
				make=make xz-utils=xz xz=xz zip=zip unzip=unzip wine=wine imagemagick=identify ImageMagick=identify \
				gcc-mingw-w64-x86-64=x86_64-w64-mingw32-gcc mingw64-gcc=x86_64-w64-mingw32-gcc mingw-w64-gcc=x86_64-w64-mingw32-gcc \
				desktop-file-utils=desktop-file-validate appstream=appstreamcli \
				dpkg-dev=dpkg-shlibdeps dpkg=dpkg-shlibdeps lintian=lintian; do
				[ ! -e "$world/installed/${pair%=*}" ] || [ -e "$world/bin/${pair#*=}" ] || {
					{
						echo "#!$(type -P bash)"
						[ "${pair#*=}" != npm ] || "$world/bin/cat" "$world/npm"
					} >"$world/bin/${pair#*=}"
					"$world/bin/chmod" +x "$world/bin/${pair#*=}"
				}
			done
		STUB
	done
	ln -s "$(type -P chmod)" "$world/bin/chmod"
	cat >"$world/npm" <<-'STUB'
		echo "npm $*" >>"$world/log"
		[ "$refused" != npm ] || { echo 'npm error network'; exit 1; }
		"$world/bin/mkdir" -p "$2/node_modules" && touch "$2/node_modules/.package-lock.json"
	STUB
	stub dpkg-query <<-'STUB'
		[ -e "$world/installed/${*: -1}" ] && printf installed
	STUB
	stub rpm <<-'STUB'
		[ -e "$world/installed/$2" ]
	STUB
	# $versions has a line for each package with a version of its own; the others have version 1.
	stub apt-cache <<-'STUB'
		version=$(sed -n "s/^$2 //p" <<<"$versions")
		echo "  Candidate: ${version:-1}"
	STUB
	stub sleep <<-'STUB'
		echo "sleep $*" >>"$world/log"
	STUB
	refused='' versions='' broken='' failing='' failure=''
}

# setup runs the script in the world; its output is $out, its exit status $status.
setup() {
	status=0
	: >"$world/log"
	out=$(PATH=$world/bin bash "$world/.ci/setup" "$@" 2>&1 </dev/null) || status=$?
}

# check WHAT COMMAND... counts one test.
check() {
	if "${@:2}"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL: %s\n  exit %s\n%s\n  ran:\n%s\n' "$1" "$status" "${out//$'\n'/$'\n'    }" "$(cat "$world/log")" >&2
	fi
}
exits() { [ "$status" -eq "$1" ]; }
says() { grep -qF -- "$1" <<<"$out"; }
silent_on() { ! says "$1"; }
lines() { [ "$(grep -c '' <<<"$out")" -eq "$1" ]; }
ran() { grep -qxF -- "$1" "$world/log"; }
ran_part() { grep -qF -- "$1" "$world/log"; }
same_count() { [ "$(grep -o "$1" "$world/log" | grep -c .)" -eq "$2" ]; }
ran_nothing() { [ ! -s "$world/log" ]; }

# Bad and harmless use.
new_world Linux 0 apt-get
setup --bogus
check 'an unknown option exits 2' exits 2
check 'an unknown option gets one line' lines 1
setup --help
check 'help exits 0' exits 0
check 'help names the options' says '--dry-run'
setup --tests --dry-run
check 'a dry run exits 0' exits 0
check 'a dry run runs nothing' ran_nothing
check 'a dry run prints the command' says '+ env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get'
check 'a dry run names a build package' says 'libxkbcommon-dev'
check 'a dry run names a test package' says 'xfce4-panel'

# Each manager: what it is told for the build, that the second run finds nothing missing.
while read -r manager system uid wants; do
	new_world "$system" "$uid" "$manager"
	setup
	check "$manager: exits 0" exits 0
	check "$manager: runs '$wants'" ran "$wants"
	setup
	check "$manager: a second run exits 0" exits 0
	check "$manager: a second run says so" says 'nothing to install'
	check "$manager: a second run says nothing else" lines 1
	check "$manager: a second run runs nothing" ran_nothing
done <<'TABLE'
apt-get Linux 0 apt-get -qq install -y --no-install-recommends libgl-dev libegl-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev libwayland-dev libxkbcommon-dev
dnf Linux 0 dnf install -y --setopt=install_weak_deps=False mesa-libGL-devel mesa-libEGL-devel libX11-devel libXcursor-devel libXrandr-devel libXinerama-devel libXi-devel libXxf86vm-devel wayland-devel libxkbcommon-devel
pacman Linux 0 pacman -S --needed --noconfirm libglvnd libx11 libxcursor libxrandr libxinerama libxi libxxf86vm wayland libxkbcommon
brew Linux 1000 brew install mesa libx11 libxcursor libxrandr libxinerama libxi libxxf86vm wayland libxkbcommon
TABLE

# The same for the tests.
while read -r manager system uid wants; do
	new_world "$system" "$uid" "$manager"
	touch "$world/installed/headers"
	setup --tests
	check "$manager --tests: exits 0" exits 0
	check "$manager --tests: runs '$wants'" ran_part "$wants"
	setup --tests
	check "$manager --tests: a second run says so" says 'nothing to install'
done <<'TABLE'
apt-get Linux 0 --no-install-recommends chromium firefox-esr webkit2gtk-driver xvfb xauth dbus libglib2.0-bin dconf-cli dconf-gsettings-backend gsettings-desktop-schemas libkf5config-bin dbus-x11 xfce4-panel xdotool imagemagick libnss3-tools openssl curl wget iproute2 python3-django gunicorn python3-django-cors-headers nodejs npm dash zsh fish xterm xfce4-terminal desktop-file-utils python3-requests python3-httpx nginx caddy ruby php-cli bash-completion fonts-dejavu-core
dnf Linux 0 install_weak_deps=False chromium firefox xorg-x11-server-Xvfb xorg-x11-xauth dbus-daemon glib2 dconf gsettings-desktop-schemas kf6-kconfig dbus-x11 xfce4-panel xdotool ImageMagick nss-tools openssl curl wget iproute python3-django python3-gunicorn nodejs nodejs-npm dash zsh fish xterm xfce4-terminal desktop-file-utils python3-requests python3-httpx nginx caddy ruby php-cli bash-completion dejavu-sans-fonts
pacman Linux 0 --noconfirm chromium firefox xorg-server-xvfb xorg-xauth dbus glib2 dconf gsettings-desktop-schemas kconfig xfce4-panel xdotool imagemagick nss openssl curl wget iproute2 python-django gunicorn nodejs npm dash zsh fish xterm xfce4-terminal desktop-file-utils python-requests python-httpx nginx caddy ruby php bash-completion ttf-dejavu
TABLE

# The same for packages.
while read -r manager system uid wants; do
	new_world "$system" "$uid" "$manager"
	touch "$world/installed/headers"
	setup --packages
	check "$manager --packages: exits 0" exits 0
	check "$manager --packages: runs '$wants'" ran_part "$wants"
	setup --packages
	check "$manager --packages: a second run says so" says 'nothing to install'
done <<'TABLE'
apt-get Linux 0 --no-install-recommends make xz-utils zip unzip gcc-mingw-w64-x86-64 wine wine64 xvfb xdotool imagemagick curl desktop-file-utils appstream dpkg-dev libdecor-0-0 lintian
dnf Linux 0 install_weak_deps=False make xz zip unzip mingw64-gcc wine xorg-x11-server-Xvfb xdotool ImageMagick curl desktop-file-utils appstream dpkg-dev libdecor lintian
pacman Linux 0 --noconfirm make xz zip unzip mingw-w64-gcc wine xorg-server-xvfb xdotool imagemagick curl desktop-file-utils appstream dpkg libdecor
TABLE
new_world Linux 0 apt-get
touch "$world/installed/headers"
setup --tests --packages
check 'tests and packages: both' ran_part 'lintian'
check 'tests and packages: nothing twice' same_count imagemagick 1

# macOS needs neither X11 nor Wayland, and has no panel to test with.
new_world Darwin 501 brew
setup
check 'macOS: nothing to install' says 'nothing to install'
setup --tests --dry-run
check 'macOS: formulae' says '+ brew install imagemagick nss openssl curl wget node dash zsh fish nginx caddy ruby php'
check 'macOS: casks' says '+ brew install --cask google-chrome firefox'
check 'macOS: Django is left to the user' says "pip install django gunicorn"
check 'macOS: no virtual screen' silent_on Xvfb
check 'macOS: no sudo' silent_on sudo
rm "$world/bin/clang"
setup
check 'macOS without a compiler exits 1' exits 1
check 'macOS without a compiler names the remedy' says 'xcode-select --install'

# Rights.
new_world Linux 1000 apt-get
setup
check 'a user installs with sudo' ran_part 'sudo env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -qq install'
check 'a user updates with sudo' ran_part 'Error-Mode=any update'
new_world Linux 1000 apt-get
rm "$world/bin/sudo"
setup
check 'a user without sudo exits 1' exits 1
check 'a user without sudo is told why' says 'no sudo'
check 'a user without sudo is told what is missing' says 'OpenGL headers'
new_world Linux 0 apt-get
setup
check 'root needs no sudo' silent_on sudo

# Failures are named.
new_world Linux 0 apt-get
refused=libxi-dev
setup
check 'a refused package exits 1' exits 1
check 'a refused package is named with the reason' says 'could not install libxi-dev: E: Unable to locate package libxi-dev'
check 'a refused package comes with a remedy' says 'apt-cache policy libxi-dev'
new_world Linux 0 apt-get
broken=yes
setup
check 'a package that does not bring its part exits 1' exits 1
check 'a package that does not bring its part is named' says 'libgl-dev: it was installed, but OpenGL headers is still not found (pc:gl)'
new_world Linux 0
setup
check 'no package manager exits 1' exits 1
check 'no package manager lists what is missing' says 'keyboard headers'

# What passes by itself is waited for, and no other failure is.
lock='E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1'
lost='W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Connection failed'
while read -r times exit sleeps what said; do
	new_world Linux 0 apt-get
	failing=$times failure=$said
	setup
	check "$what: exits $exit" exits "$exit"
	check "$what: $sleeps times waited" same_count 'sleep 5' "$sleeps"
done <<TABLE
3 0 3 a-lock-for-a-while $lock
999 1 23 a-lock-for-ever $lock
1 0 1 a-lost-download $lost
TABLE

# The tests' packages for Node.
new_world Linux 0 apt-get
touch "$world/installed/headers"
setup --tests --dry-run
check 'Node: a dry run prints the command' says "+ npm --prefix $world/ui/e2e/testdata/node ci"
setup
check 'Node: not for the build' silent_on npm
setup --tests
check 'Node: the packages of the lock file' ran "npm --prefix $world/ui/e2e/testdata/node ci"
touch -d '1 minute' "$world/ui/e2e/testdata/node/package-lock.json"
setup --tests
check 'Node: again for a newer lock file' ran "npm --prefix $world/ui/e2e/testdata/node ci"
refused=npm
setup --tests
check 'Node: a failure exits 1' exits 1
check 'Node: a failure is told with its reason' says "packages for Node: npm error network"

# Go.
new_world Linux 0 apt-get
stub go <<<'echo go1.19.8'
versions='golang-go 2:1.19~1'
setup
check 'an old Go that apt has no newer of exits 1' exits 1
check 'an old Go comes with a remedy' says 'install Go 1.21 or newer'
versions='golang-go 2:1.24~2'
setup --dry-run
check 'a Go that apt has is installed' says 'golang-go'

# Ubuntu's browsers are packages that only install a snap.
new_world Linux 0 apt-get
touch "$world/installed/headers"
versions=$'chromium (none)\nchromium-browser 2:1snap1-0ubuntu2\nfirefox-esr (none)\nfirefox 1:1snap1-0ubuntu5'
setup --tests
check 'snaps only: exits 0' exits 0
check 'snaps only: says so' says "not to be had from apt: Chromium, for the browser tests: a snap can't be given"
check 'snaps only: installs the others' ran_part 'no-install-recommends webkit2gtk-driver xvfb xauth'
stub firefox <<<'exec /snap/bin/firefox "$@"'
setup --tests
check 'a snap that is there does not count' says 'Firefox, for the browser tests: a snap'

printf 'setup_test: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
