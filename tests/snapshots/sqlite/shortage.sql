DELETE FROM shortage;

INSERT INTO shortage (seq, item, incident, device, at) VALUES (?, ?, ?, ?, ?);

SELECT shortage.seq, shortage.item, shortage.incident, shortage.device, shortage.at AS at FROM shortage;
