DELETE FROM maintenance;

INSERT INTO maintenance (seq, device, task, note, duration_s, person, at) VALUES (?, ?, ?, ?, ?, ?, ?);

SELECT maintenance.seq, maintenance.device, maintenance.task, maintenance.note, maintenance.duration_s,
maintenance.person, maintenance.at AS at FROM maintenance;
