package health

import "strings"

// slot is one number that a node of a broker tells.
type slot uint8

const (
	nothing slot = iota
	uptime       // seconds
	uptimeMillis
	connections // with the stored sessions where live ones are told too
	connectionsLive
	connectionsMost
	connectionsLiveMost
	clientsTotal
	socketsOpened
	socketsClosed
	retained
	subscriptions
	heap
	heapMost
	droppedPublishes
	dropped
	anyReceived // packets of any type, or messages, as the family counts
	anySent
	packetsReceived
	packetsSent
	messagesReceived
	messagesSent
	bytesReceived
	bytesSent
	// What follows is told as an average for a minute.
	anyReceivedMinute
	anySentMinute
	messagesReceivedMinute
	messagesSentMinute
	bytesReceivedMinute
	bytesSentMinute
	droppedMinute
	slots
)

// Texts, and what only tells the family.
const (
	version slot = slots + iota
	description
	marker
)

// grammar is a way of naming topics.
type grammar uint8

const (
	// community: "$SYS/broker/...", of Mosquitto and of the MQTT community wiki.
	community grammar = iota
	// clustered: "$SYS/brokers/<node>/...", of EMQX and RMQTT.
	clustered
	// verne: "$SYS/<node@host>/...".
	verne
	// aedes: "$SYS/<id>/...".
	aedes
	grammars
)

// names are the topics of each grammar below the node, and what they tell. The family
// that first has a name there is the broker's, when it tells no other.
var names = [grammars]map[string]struct {
	slot   slot
	family Family
}{
	community: {
		"version":                     {version, ""},
		"uptime":                      {uptime, ""},
		"clients/connected":           {connections, ""},
		"clients/active":              {connections, ""},
		"clients/total":               {clientsTotal, ""},
		"clients/maximum":             {connectionsMost, ""},
		"retained messages/count":     {retained, Mosquitto},
		"messages/retained/count":     {retained, ""},
		"retained":                    {retained, Mochi},
		"subscriptions/count":         {subscriptions, ""},
		"subscriptions":               {subscriptions, Mochi},
		"heap/current":                {heap, ""},
		"heap/maximum":                {heapMost, ""},
		"system/memory":               {heap, Mochi},
		"system/threads":              {marker, Mochi},
		"publish/messages/dropped":    {droppedPublishes, ""},
		"messages/dropped":            {dropped, ""},
		"messages/received":           {anyReceived, ""},
		"messages/sent":               {anySent, ""},
		"packets/received":            {packetsReceived, Mochi},
		"packets/sent":                {packetsSent, Mochi},
		"publish/messages/received":   {messagesReceived, ""},
		"publish/messages/sent":       {messagesSent, ""},
		"bytes/received":              {bytesReceived, ""},
		"bytes/sent":                  {bytesSent, ""},
		"load/bytes/received":         {bytesReceived, ""}, // a total, of mochi and the wiki
		"load/bytes/sent":             {bytesSent, ""},
		"load/bytes/received/1min":    {bytesReceivedMinute, ""},
		"load/bytes/sent/1min":        {bytesSentMinute, ""},
		"load/messages/received/1min": {anyReceivedMinute, ""},
		"load/messages/sent/1min":     {anySentMinute, ""},
		"load/publish/received/1min":  {messagesReceivedMinute, ""},
		"load/publish/sent/1min":      {messagesSentMinute, ""},
		"load/publish/dropped/1min":   {droppedMinute, ""},
	},
	// EMQX's messages/dropped counts messages without a subscriber too, so that it says
	// nothing about a loss; its messages/retained counts those that ever were.
	clustered: {
		"version":                      {version, ""},
		"sysdescr":                     {description, ""},
		"uptime":                       {uptime, ""},
		"stats/connections/count":      {connections, ""},
		"stats/connections/max":        {connectionsMost, ""}, // the most that there were
		"stats/live_connections/count": {connectionsLive, ""},
		"stats/live_connections/max":   {connectionsLiveMost, ""},
		"stats/retained/count":         {retained, ""},
		"stats/subscriptions/count":    {subscriptions, ""},
		"metrics/delivery/dropped":     {dropped, ""},
		"metrics/packets/received":     {packetsReceived, ""},
		"metrics/packets/sent":         {packetsSent, ""},
		"metrics/messages/received":    {messagesReceived, ""},
		"metrics/messages/sent":        {messagesSent, ""},
		"metrics/bytes/received":       {bytesReceived, ""},
		"metrics/bytes/sent":           {bytesSent, ""},
	},
	verne: {
		"system/wallclock":        {uptimeMillis, VerneMQ},
		"socket/open":             {socketsOpened, VerneMQ},
		"socket/close":            {socketsClosed, VerneMQ},
		"active/mqtt/connections": {connections, VerneMQ},
		"retain/messages":         {retained, VerneMQ},
		"router/subscriptions":    {subscriptions, VerneMQ},
		"vm/memory/total":         {heap, VerneMQ},
		"queue/message/drop":      {dropped, VerneMQ},
		"mqtt/publish/received":   {messagesReceived, VerneMQ},
		"mqtt/publish/sent":       {messagesSent, VerneMQ},
		"bytes/received":          {bytesReceived, VerneMQ},
		"bytes/sent":              {bytesSent, VerneMQ},
	},
	aedes: {
		"uptime":                    {uptime, Aedes},
		"clients/total":             {connections, Aedes}, // those that are connected
		"clients/maximum":           {connectionsMost, Aedes},
		"messages/publish/received": {messagesReceived, Aedes},
		"messages/publish/sent":     {messagesSent, Aedes},
		"memory/heap/current":       {heap, Aedes},
		"memory/heap/maximum":       {heapMost, Aedes},
	},
}

// members are those of the JSON objects that RMQTT publishes as stats and metrics.
var members = map[string]map[string]slot{
	"stats": {
		"connections.count": connections, "connections.max": connectionsMost, "sessions.count": clientsTotal,
		"retained.count": retained, "subscriptions.count": subscriptions,
	},
	"metrics": {
		"messages.publish": messagesReceived, "messages.delivered": messagesSent, "messages.dropped": dropped,
	},
}

// place is where a topic belongs: the node's part of it, "$SYS/broker" or
// "$SYS/brokers/<node>", and the rest. It is not ok when it is none of the broker's own.
func place(topic string) (g grammar, node, rest string, ok bool) {
	below, ok := strings.CutPrefix(topic, "$SYS/")
	if !ok {
		return 0, "", "", false
	}
	first, rest, ok := strings.Cut(below, "/")
	name := first
	switch {
	case first == "broker":
		g = community
	case first == "brokers":
		g = clustered
		name, rest, ok = strings.Cut(rest, "/")
	case strings.Contains(first, "@"):
		g = verne
	default:
		g = aedes
	}
	node = strings.TrimSuffix(topic, "/"+rest)
	return g, node, rest, ok && name != "" && len(node) <= maxName
}
