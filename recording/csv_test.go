package recording_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/recording"
)

// TestTables has tables of messages, one trap each.
func TestTables(t *testing.T) {
	t.Parallel()
	const text = recording.LacksDup | recording.LacksBytes
	for _, test := range []struct {
		name, format, log string
		want              []string
		health            recording.Health
		lacks             recording.Lacks
	}{
		{
			"mqtt_recorder", recording.CSVFormat, sample(t, recording.CSVFormat), []string{
				`06:46:59.946453 iotclass/lab1/temperature Q0 false " 22.50" 6`,
				`06:47:00.500000 iotclass/lab1/status Q1 true "online" 6`,
				`06:47:01.000000 text/quotes Q2 false "say \"hi\",\nand more" 18`,
				`06:47:02.000000 empty Q0 true "" 0`,
				`06:47:03.250000 json Q0 false "{\"a\": 1, \"b\": \"x,y\"}" 20`,
				`06:47:04.000000 küche/温度 Q0 false "21,5 °C" 8`,
			}, recording.Health{}, text,
		},
		{
			"mqtt_recorder with --encode_b64", recording.CSVBase64Format, sample(t, recording.CSVBase64Format), []string{
				`06:46:59.946453 iotclass/lab1/temperature Q0 false " 22.50" 6`,
				`06:47:00.500000 bin/raw Q2 false "\x00\xff\n\r" 4`,
				`06:47:00.500000 iotclass/lab1/status Q1 true "online" 6`,
				`06:47:01.000000 empty Q0 false "" 0`,
			}, recording.Health{}, recording.LacksDup,
		},
		{
			"words that could be base64", recording.CSVFormat, "a,true,0,False,1795330019,0\na,home,0,False,1795330020,1\na,abcdefgh,0,False,1795330021,1\n",
			[]string{`06:46:59.000000 a Q0 false "true" 4`, `06:47:00.000000 a Q0 false "home" 4`, `06:47:01.000000 a Q0 false "abcdefgh" 8`},
			recording.Health{},
			text,
		},
		{
			"base64, and one payload that is none", recording.CSVFormat, "a,b25saW5l,0,False,1795330019,0\na,online,0,False,1795330020,1\n",
			[]string{`06:46:59.000000 a Q0 false "b25saW5l" 8`, `06:47:00.000000 a Q0 false "online" 6`},
			recording.Health{},
			text,
		},
		{
			"with a head", recording.CSVFormat, "Timestamp,topic,payload,qos,retain\n2026-11-22T06:47:00.5Z,a/b,\"x,\"\"y\"\"\n\nz\",1,true\n2026-11-22T06:47:01Z,a/c,,0,false\n",
			[]string{`06:47:00.500000 a/b Q1 true "x,\"y\"\n\nz" 8`, `06:47:01.000000 a/c Q0 false "" 0`},
			recording.Health{},
			text,
		},
		{
			"with a head, and payloads that were no text", recording.CSVFormat, "timestamp,topic,payload,qos,retain\n2026-11-22T06:47:00.500Z,a/b,b64:CAoSGA==,0,true\n2026-11-22T06:47:01.000Z,a/b,b64:soon,1,false\n2026-11-22T06:47:02.000Z,a/b,22.5,0,false\n",
			[]string{`06:47:00.500000 a/b Q0 true "\b\n\x12\x18" 4`, `06:47:01.000000 a/b Q1 false "\xb2\x8a'" 3`, `06:47:02.000000 a/b Q0 false "22.5" 4`},
			recording.Health{},
			text,
		},
		{
			"with a head, in base64", recording.CSVBase64Format, "timestamp,topic,payload,qos,retain\n2026-11-22T06:47:00.500Z,a/b,MjIuNTA=,0,true\n2026-11-22T06:47:01.000Z,a/b,,1,false\n2026-11-22T06:47:02.000Z,a/b,AP8=,0,false\n",
			[]string{`06:47:00.500000 a/b Q0 true "22.50" 5`, `06:47:01.000000 a/b Q1 false "" 0`, `06:47:02.000000 a/b Q0 false "\x00\xff" 2`},
			recording.Health{},
			recording.LacksDup,
		},
		{
			"without a head, and a text that begins like such a payload", recording.CSVFormat, "a/b,b64:AP8=,0,False,1795330019,0\n",
			[]string{`06:46:59.000000 a/b Q0 false "b64:AP8=" 8`},
			recording.Health{},
			text,
		},
		{
			"with a head of other columns", recording.CSVFormat, "topic\tpayload_hex\na/b\t00ff\na/c\tzz\na/d\t\n",
			[]string{`14:00:00.000000 a/b Q0 false "\x00\xff" 2`, `14:00:01.000000 a/d Q0 false "" 0`},
			recording.Health{Skipped: 1, FirstSkipped: 3},
			recording.LacksTimes | recording.LacksQoS | recording.LacksRetained | recording.LacksDup,
		},
		{
			"times of other shapes", recording.CSVFormat, "time;topic;payload\n2026-11-22T12:00Z;a;1\nSun, 22 Nov 2026 12:00:00 GMT;a;2\nSun, 22 Nov 2026 12:00:00 -0700;a;3\n" +
				"Sun Nov 22 2026 12:00:00 GMT+0100 (Central European Standard Time);a;4\n22.11.2026 12:00;a;5\n22.11.2026 12:00:01;a;6\nSun Nov 22 12:00:00 2026;a;7\n2026-11-22 12:00;a;8\n" +
				"11/22/2026, 12:00:00 PM;a;9\nSun, 22 Nov 2026 12:00:00 CET;a;10\n",
			[]string{
				`12:00:00.000000 a Q0 false "1" 1`, `12:00:00.000000 a Q0 false "2" 1`, `19:00:00.000000 a Q0 false "3" 1`, `11:00:00.000000 a Q0 false "4" 1`,
				`11:00:00.000000 a Q0 false "5" 1`, `11:00:01.000000 a Q0 false "6" 1`, `11:00:00.000000 a Q0 false "7" 1`, `11:00:00.000000 a Q0 false "8" 1`,
			},
			recording.Health{Skipped: 2, FirstSkipped: 10},
			text | recording.LacksQoS | recording.LacksRetained,
		},
		{
			"saved by a spreadsheet", recording.CSVFormat, "a/c;\"{\"\"a\"\":1,\"\"b\"\":2,\"\"c\"\":3,\"\"d\"\":4,\"\"e\"\":5,\"\"f\"\":6,\"\"g\"\":7}\";1;TRUE;1795330019;0\r\na/b;22,5;0;FALSE;1795330020,25;1,25\r\n",
			[]string{`06:46:59.000000 a/c Q1 true "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7}" 43`, `06:47:00.250000 a/b Q0 false "22,5" 4`},
			recording.Health{},
			text,
		},
		{
			"quotes within a field, rows that are none", recording.CSVFormat, "a,5\" pipe,0,False,1795330019,0\na,b\na,1,3,False,1795330019,0\na,1,0,no,1795330019,0\na,1,0,0,soon,0\na,\"\"\"x\",0,1,1795330020,0\na,2,0,0,1795330020,0\na,3,0,0,1795330020,0\na,4,0,0,1795330020,0\n",
			[]string{`06:46:59.000000 a Q0 false "5\" pipe" 7`, `06:47:00.000000 a Q0 true "\"x" 2`, `06:47:00.000000 a Q0 false "2" 1`, `06:47:00.000000 a Q0 false "3" 1`, `06:47:00.000000 a Q0 false "4" 1`},
			recording.Health{Skipped: 4, FirstSkipped: 2},
			text,
		},
		{
			"rows that are shorter than their head", recording.CSVFormat, "time,a,b,c,d,topic,payload\n2026-11-22T06:47:00Z,1,2,3,4\n2026-11-22T06:47:00Z,1,2,3,4,a/b,x\n",
			[]string{`06:47:00.000000 a/b Q0 false "x" 1`},
			recording.Health{Skipped: 1, FirstSkipped: 2},
			text | recording.LacksQoS | recording.LacksRetained,
		},
		{
			"cut", recording.CSVFormat, "a,1,0,False,1795330019,0\na,\"2\n", []string{`06:46:59.000000 a Q0 false "1" 1`}, recording.Health{Skipped: 1, FirstSkipped: 2}, text,
		},
		{
			"a dump of Home Assistant", recording.HomeAssistantFormat, sample(t, recording.HomeAssistantFormat), []string{
				`14:00:00.000000 homeassistant/sensor/lab1/config Q0 false "{\"name\":\"Temperature\",\"unit_of_measurement\":\"°C\",\"state_topic\":\"lab1/t\"}" 73`,
				`14:00:01.000000 lab1/t Q0 false " 22.50" 6`,
				`14:00:02.000000 lab1/text Q0 false "one, two" 8`,
				`14:00:03.000000 lab1/empty Q0 false "" 0`,
			}, recording.Health{}, recording.LacksTimes | recording.LacksQoS | recording.LacksRetained | text,
		},
		{
			"a dump with other lines", recording.HomeAssistantFormat, "a/b,1\nno message\na/+,1\nwith space/topic,1\n", []string{
				`14:00:00.000000 a/b Q0 false "1" 1`, `14:00:01.000000 with space/topic Q0 false "1" 1`,
			}, recording.Health{Skipped: 2, FirstSkipped: 2}, recording.LacksTimes | recording.LacksQoS | recording.LacksRetained | text,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			format := ""
			if strings.Contains(test.name, "other lines") {
				format = test.format
			}
			f, err := openText(t, format, test.log)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if diff := cmp.Diff(test.want, messagesOf(t, f)); diff != "" || f.Health() != test.health || f.Lacks != test.lacks || f.Format != test.format {
				t.Errorf("%s: %+v, want %+v; lacks %b, want %b\n%s", f.Format, f.Health(), test.health, f.Lacks, test.lacks, diff)
			}
		})
	}
}

// TestNoTable has tables that are none of messages.
func TestNoTable(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"time,device,metric,value,unit,text,topic,qos,retained,path\n2026-11-22T14:00:01Z,iotclass/lab1,temperature,22.5,°C,22.50,iotclass/lab1/temperature,0,false,\n", // labtop export
		"time,home/hall state (°C)\n2026-11-22T14:00:00Z,22.5\n",
		"name,age\nAda,36\n", "a,b,c,d,e,f\n1,2,3,4,5,6\n", "topic,payload\n", "2026/11/22,1\n2026-11-22,a/b\n",
	} {
		if f, err := openText(t, "", text); err == nil {
			t.Errorf("%.50s: taken for %s: %q", text, f.Format, messagesOf(t, f))
		}
	}
}
