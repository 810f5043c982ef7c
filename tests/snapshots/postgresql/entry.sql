INSERT INTO entry (seq, op, kind, subject, actor, role, at, body, hash) VALUES (%s::BIGINT, %s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

SELECT count(*) AS count_1, max(entry.seq) AS max_1 FROM entry;

SELECT entry.seq FROM entry WHERE entry.op = %s::VARCHAR;

SELECT entry.seq, entry.op, entry.kind, entry.subject, entry.actor, entry.role, entry.at AS at, entry.body,
entry.hash FROM entry WHERE entry.seq > %s::BIGINT AND entry.kind IN (__[POSTCOMPILE_kind_1]) ORDER BY
entry.seq LIMIT %s::INTEGER;

SELECT entry.seq, entry.op, entry.kind, entry.subject, entry.actor, entry.role, entry.at AS at, entry.body,
entry.hash FROM entry WHERE entry.seq > %s::BIGINT ORDER BY entry.seq LIMIT %s::INTEGER;
