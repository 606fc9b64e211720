//go:build unix

package faults_test

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"golang.org/x/net/bpf"

	"labtop/testkit/mosquitto"
)

// TestCapture captures what clients of three versions of MQTT publish through
// Mosquitto: imported, it is what labtop itself has received meanwhile.
func TestCapture(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("capturing packets needs root")
	}
	b := mosquitto.Start(t)
	host, port, _ := net.SplitHostPort(b.Addr)
	wire, err := pcapgo.NewEthernetHandle("lo")
	if err != nil {
		t.Skipf("no packets can be captured here: %v", err)
	}
	if err := wire.SetCaptureLength(1 << 17); err != nil {
		t.Fatal(err)
	}
	if err := wire.SetBPF(portOnly(t, port)); err != nil {
		t.Fatal(err)
	}
	const end = "the end of the capture"
	path := filepath.Join(t.TempDir(), "lab.pcapng")
	captured := make(chan error, 1)
	go func() { captured <- capture(path, wire, port, end) }()

	log := start(t, here, "log", "-b", "mqtt://"+b.Addr, "-t", "#@2", "--json")
	log.says("connected")
	pub := func(stdin string, args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_pub"), append([]string{"-h", host, "-p", port}, args...)...)
		c.Stdin = strings.NewReader(stdin)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	large := strings.Repeat("x", 20_000) // more would not fit the socket's buffer
	n := 0
	for _, version := range []string{"mqttv31", "mqttv311", "mqttv5"} {
		for _, qos := range []string{"0", "1", "2"} {
			topic := version + "/küche " + qos
			pub("22.50\n\n{\"a\": 1}\n7\n7\n", "-V", version, "-q", qos, "-t", topic, "-l")
			pub("", "-V", version, "-q", qos, "-t", topic, "-n", "-r")
			pub("\x00\xff\x1b", "-V", version, "-q", qos, "-t", topic, "-s", "-r")
			n += 7
		}
		pub(large, "-V", version, "-t", version+"/large", "-s")
		n++
	}
	pub("", "-V", "mqttv5", "-t", "five", "-m", "properties", "-D", "publish", "content-type", "text/plain", "-D", "publish", "user-property", "k", "v")
	pub(end, "-q", "1", "-t", "end", "-s")
	n += 2
	log.prints(n)
	log.interrupt()
	select {
	case err := <-captured:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("the end was not captured")
	}

	export := start(t, here, "export", path, "--format", "ndjson")
	if code := export.wait(); code != 0 {
		t.Fatalf("exit code %d: %s", code, export.stderr)
	}
	live, imported := byTopic(t, log.stdout.String()), byTopic(t, export.stdout.String())
	// The subscriber speaks MQTT 3.1.1 and is not told what the publisher's packet has.
	live["five"] = []string{`{"dup":false,"payload":"properties","properties":{"content-type":"text/plain","user-properties":[["k","v"]]},` +
		`"qos":0,"retained":false,"size":10,"topic":"five"}`}
	if diff := gocmp.Diff(live, imported); diff != "" || len(imported) != 14 {
		t.Errorf("%d topics; %.3000s", len(imported), diff)
	}
	said := export.stderr.String()
	if !strings.Contains(said, "copies of messages") || strings.Contains(said, "missing") || strings.Contains(said, "guessed") {
		t.Errorf("said: %s", said)
	}
}

// portOnly is a filter for frames from or to a port: what others send meanwhile would
// not leave the socket room enough.
func portOnly(t *testing.T, port string) []bpf.RawInstruction {
	t.Helper()
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	filter, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 34, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(number), SkipTrue: 3},
		bpf.LoadAbsolute{Off: 36, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(number), SkipTrue: 1},
		bpf.RetConstant{Val: 0},
		bpf.RetConstant{Val: 1 << 17},
	})
	if err != nil {
		t.Fatal(err)
	}
	return filter
}

// capture writes what is sent from and to a port to a file, until a text is seen.
func capture(path string, wire *pcapgo.EthernetHandle, port, end string) error {
	defer func() { _ = wire.Close() }()
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	w, err := pcapgo.NewNgWriter(out, layers.LinkTypeEthernet)
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(port)
	ours := []byte{byte(number >> 8), byte(number)}
	for after := 0; after < 20; { // acknowledgements and copies
		data, info, err := wire.ReadPacketData()
		if err != nil {
			return err
		}
		if len(data) < 38 || !bytes.Equal(data[34:36], ours) && !bytes.Equal(data[36:38], ours) {
			continue
		}
		info.InterfaceIndex = 0
		if err := w.WritePacket(info, data); err != nil {
			return err
		}
		if after > 0 || bytes.Contains(data, []byte(end)) {
			after++
		}
	}
	return w.Flush()
}

// byTopic are the messages of each topic as JSON, without their times.
func byTopic(t *testing.T, log string) map[string][]string {
	t.Helper()
	topics := map[string][]string{}
	for line := range strings.Lines(log) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "time")
		topic, _ := m["topic"].(string)
		rest, _ := json.Marshal(m)
		topics[topic] = append(topics[topic], string(rest))
	}
	return topics
}
