#!/usr/bin/env bash
# Makes the pictures of the README from the running program: the demo at a
# moment when one board is hot, one is offline and one has fallen silent, and the
# broker's screen beside a secure broker. Needs Go, tmux, and what scripts/lab-broker
# needs. Takes about five minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

# The lab's time goes this many times as fast. After 20:33 of it the three
# boards' troubles coincide for some seconds, and all have a history.
speed=6
settle=190  # seconds until shortly before
patience=60 # seconds to wait for the moment after that

work=$(mktemp -d)
mkdir "$work/home"
tm() { tmux -S "$work/tmux" -f /dev/null "$@"; }
others=() # processes that end with this one
trap 'tm kill-server 2>/dev/null || true; [ ${#others[@]} -eq 0 ] || kill "${others[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Outside of tmux's own terminal type the program uses true colour, which tmux
# keeps. The home is empty: no config of the user has a say.
start() { # name columns rows argument...
	tm new-session -d -s "$1" -x "$2" -y "$3" \
		env -u TMUX -u NO_COLOR -u LABTOP_CONFIG HOME="$work/home" XDG_CONFIG_HOME="$work/home" \
		LC_ALL=C.UTF-8 TERM=xterm-256color COLORTERM=truecolor \
		"$work/labtop" "${@:4}" --theme dark
	tm set-option -t "$1" status off
	tm resize-window -t "$1" -x "$2" -y "$3"
}

shows() { # name text...: is all the text on the screen?
	local name=$1 text
	shift
	tm capture-pane -t "$name" -p >"$work/$name.txt"
	for text in "$@"; do
		grep -q -- "$text" "$work/$name.txt" || return 1
	done
}

# Folds the first device, to make room, and chooses the hot board's
# temperature.
choose() { # name
	tm send-keys -t "$1" Left
	for _ in {1..40}; do
		if shows "$1" 'LAB2 · temperature'; then return; fi
		tm send-keys -t "$1" Down
		sleep 0.3
	done
	echo "docs/screenshot.sh: the demo shows no LAB2" >&2
	return 1
}

picture() { # name file title
	"$work/screenshot" -title "$3" <"$work/$1.ansi" >"$work/$1.svg"
	mv "$work/$1.svg" "$2"
}

# The broker's screen, a while after three simulated labs have come.
secured() {
	local way
	scripts/lab-broker --port 28883 --cert-port 28884 >"$work/broker.txt" &
	others+=($!)
	for _ in {1..100}; do
		if grep -q '^  labtop -b' "$work/broker.txt"; then break; fi
		sleep 0.1
	done
	read -ra way < <(sed -n 's/^  labtop \(-b .*\)/\1/p' "$work/broker.txt")
	"$work/labtop" simulate "${way[@]}" --labs 3 >"$work/simulate.txt" 2>&1 &
	others+=($!)
	start broker 120 40 "${way[@]}" --broker-limit 50 -t 'iotclass/#@1' -t 'home/#' -t 'secret/#' -t "\$SYS/#"
	sleep 60
	tm send-keys -t broker 4
	sleep 1
	tm capture-pane -t broker -e -p -N >"$work/broker.ansi"
	picture broker docs/broker.svg "labtop, key 4"
}

go build -trimpath -o "$work/labtop" .
go build -o "$work/screenshot" ./docs/screenshot
secured
start normal 120 40 demo --speed "$speed"
start wide 200 60 demo --speed "$speed"
sleep 5
choose normal
choose wide
sleep "$settle"
for ((i = 0; i < patience * 5; i++)); do
	for name in normal wide; do
		if [ ! -e "$work/$name.ansi" ] && shows "$name" 'silent [0-9]' 'offline [0-9]'; then
			tm capture-pane -t "$name" -e -p -N >"$work/$name.ansi"
		fi
	done
	if [ -e "$work/normal.ansi" ] && [ -e "$work/wide.ansi" ]; then
		picture normal docs/dashboard.svg "labtop demo"
		picture wide docs/dashboard-wide.svg "labtop demo"
		exit 0
	fi
	sleep 0.2
done
echo "docs/screenshot.sh: the moment did not come; the last screen was:" >&2
cat "$work/wide.txt" >&2
exit 1
