INSERT INTO entry (seq, op, kind, subject, actor, role, at, body, hash) VALUES (:seq, :op, :kind, :subject,
:actor, :role, :at, :body, :hash);

SELECT TOP __[POSTCOMPILE_param_1] entry.seq, entry.op, entry.kind, entry.subject, entry.actor, entry.role,
entry.at AS at, entry.body, entry.hash FROM entry WHERE entry.seq > :seq_1 AND entry.kind IN
(__[POSTCOMPILE_kind_1]) ORDER BY entry.seq;

SELECT TOP __[POSTCOMPILE_param_1] entry.seq, entry.op, entry.kind, entry.subject, entry.actor, entry.role,
entry.at AS at, entry.body, entry.hash FROM entry WHERE entry.seq > :seq_1 ORDER BY entry.seq;

SELECT count(*) AS count_1, max(entry.seq) AS max_1 FROM entry;

SELECT entry.seq FROM entry WHERE entry.op = :op_1;
