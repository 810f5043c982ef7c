INSERT INTO head (id, seq, hash) VALUES (:id, :seq, :hash);

SELECT head.seq, head.hash FROM head WHERE head.id = :id_1;

UPDATE head SET seq=:seq, hash=:hash WHERE head.id = :id_1 AND head.seq = :seq_1;

UPDATE head SET seq=:seq, hash=:hash WHERE head.id = :id_1 AND head.seq = :seq_1 AND head.hash = :hash_1;
