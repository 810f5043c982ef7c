INSERT INTO head (id, seq, hash) VALUES (%s::SMALLINT, %s::BIGINT, %s::VARCHAR);

SELECT head.seq, head.hash FROM head WHERE head.id = %s::SMALLINT;

UPDATE head SET seq=%s::BIGINT, hash=%s::VARCHAR WHERE head.id = %s::SMALLINT AND head.seq = %s::BIGINT;

UPDATE head SET seq=%s::BIGINT, hash=%s::VARCHAR WHERE head.id = %s::SMALLINT AND head.seq = %s::BIGINT AND
head.hash = %s::VARCHAR;
