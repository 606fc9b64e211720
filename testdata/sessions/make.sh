#!/usr/bin/env bash
# Makes the recorded sessions again: simulated devices on a real Mosquitto, recorded
# by the built program, in real time. Needs Go and mosquitto. Takes about five minutes.
# With names, only these sessions are made.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
mkdir "$work/home"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The home is empty: no config of the user has a say.
labtop=(env -i HOME="$work/home" PATH="$PATH" "$work/labtop")

broker() { # port: starts Mosquitto, whose process is then in $broker
	mosquitto -p "$1" >/dev/null 2>&1 &
	broker=$!
	started+=("$broker")
	sleep 1
}

# The devices are there 15 s before the recording begins, so that it begins with what
# they have left retained. What was recorded is then put into few chunks.
session() { # name port seconds simulate's arguments...
	local name=$1 port=$2 seconds=$3
	shift 3
	"${labtop[@]}" simulate -b "mqtt://127.0.0.1:$port" "$@" 2>/dev/null &
	started+=("$!")
	sleep 15
	"${labtop[@]}" snapshot -b "mqtt://127.0.0.1:$port" -t '#@2' -t "\$SYS/#" --for "${seconds}s" --record "$work/$name.mcap" >/dev/null ||
		[ $? = 3 ] # an alert fires at the end
	"${labtop[@]}" import "$work/$name.mcap" -o "testdata/sessions/$name.mcap" --force
	chmod 644 "testdata/sessions/$name.mcap"
}

# A lesson: four boards, and three that solve a challenge. Nothing goes wrong.
lesson() {
	broker 18831
	session lesson 18831 180 --seed 11 --labs 4 --rooms 0 --challenge on-change,battery,json
}

# A home: motion turns lights on, one light is dimmed twice, one keeps a schedule.
home() {
	broker 18832
	(
		sleep 60
		"${labtop[@]}" publish -b mqtt://127.0.0.1:18832 home/dimmer/light/brightness/set 80
		sleep 70
		"${labtop[@]}" publish -b mqtt://127.0.0.1:18832 home/dimmer/light/brightness/set 15
	) &
	session home 18832 240 --seed 12 --labs 0 --rooms 4 --challenge dimmer,schedule
}

# A bad day: one board crashes again and again, one falls silent, one has spikes, and
# after 110 s the broker is killed and away for 12 s.
bad_day() {
	broker 18833
	(
		sleep 125
		kill -KILL "$broker"
		sleep 12
		exec mosquitto -p 18833 >/dev/null 2>&1
	) &
	started+=("$!")
	session bad-day 18833 240 --seed 13 --labs 3 --rooms 1 --chaos crash,silent,spike
}

# What a session has started ends with it.
make_session() { # name
	started=()
	trap 'kill "${started[@]}" 2>/dev/null || true; wait' EXIT
	"${1/-/_}"
}

go build -trimpath -o "$work/labtop" .
[ $# -gt 0 ] || set -- lesson home bad-day
making=()
for name; do
	make_session "$name" &
	making+=("$!")
done
for pid in "${making[@]}"; do
	wait "$pid"
done
ls -l testdata/sessions/*.mcap
