INSERT INTO entry (seq, op, kind, subject, actor, role, at, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

SELECT count(*) AS count_1, max(entry.seq) AS max_1 FROM entry;

SELECT entry.seq FROM entry WHERE entry.op = ?;

SELECT entry.seq, entry.op, entry.kind, entry.subject, entry.actor, entry.role, entry.at AS at, entry.body,
entry.hash FROM entry WHERE entry.seq > ? AND entry.kind IN (__[POSTCOMPILE_kind_1]) ORDER BY entry.seq LIMIT
? OFFSET ?;

SELECT entry.seq, entry.op, entry.kind, entry.subject, entry.actor, entry.role, entry.at AS at, entry.body,
entry.hash FROM entry WHERE entry.seq > ? ORDER BY entry.seq LIMIT ? OFFSET ?;
