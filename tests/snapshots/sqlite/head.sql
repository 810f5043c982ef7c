INSERT INTO head (id, seq, hash) VALUES (?, ?, ?);

SELECT head.seq, head.hash FROM head WHERE head.id = ?;

UPDATE head SET seq=?, hash=? WHERE head.id = ? AND head.seq = ?;

UPDATE head SET seq=?, hash=? WHERE head.id = ? AND head.seq = ? AND head.hash = ?;
