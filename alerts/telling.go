package alerts

// What people are told of an alert. The rules are:
//
//   - They hear when it fires, when its severity changes, and that it is over if they
//     heard of it.
//   - Within the rule's cooldown after that they hear of the series only what is worse,
//     and that it is over. While it is silenced they hear nothing.
//   - What they did not hear is owed: if the alert still fires they hear of it once they
//     may, when the cooldown or the silence is over.

// tell says whether people are to hear of the alert now, and keeps that they were
// told, or must be.
func (e *Engine) tell(t *tracker, at int64) bool {
	a := t.alert
	cooling := t.toldAt != 0 && at < t.toldAt+int64(t.rule.Cooldown) && a.severity <= t.told
	if cooling || t.silent(at) {
		a.owed = true
		return false
	}
	t.toldAt, t.told = at, a.severity
	a.told, a.owed = true, false
	return true
}

// remind tells of a firing alert once that is allowed. It returns when to look
// again, 0 for never.
func (e *Engine) remind(t *tracker, at int64) int64 {
	a := t.alert
	if a == nil || a.state != Firing || !a.owed || t.silenced == forever {
		return 0
	}
	until := max(t.silenced, t.toldAt+int64(t.rule.Cooldown))
	if at < until {
		return until
	}
	why := "the silence is over"
	if t.rule.Cooldown > 0 && at == t.toldAt+int64(t.rule.Cooldown) {
		why = "the cooldown is over"
	}
	e.step(t, at, Firing, a.severity, e.tell(t, at), why)
	return 0
}

// silent says whether the tracker is silenced at a time.
func (t *tracker) silent(at int64) bool { return at < t.silenced }
