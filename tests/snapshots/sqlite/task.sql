DELETE FROM task;

INSERT INTO task (reference, duty, device, slot, item, quantity, why, state, opened) VALUES (?, ?, ?, ?, ?, ?,
?, ?, ?);

INSERT INTO task (reference, state, ended, ended_by) VALUES (?, ?, ?, ?);

INSERT INTO task (reference, state, ended, ended_by, reason) VALUES (?, ?, ?, ?, ?);

SELECT task.reference, task.duty, task.device, task.slot, task.item, task.quantity, task.why, task.state,
task.opened AS opened, task.ended AS ended, task.ended_by, task.reason FROM task;

UPDATE task SET duty=?, device=?, slot=?, item=?, quantity=?, why=?, state=?, opened=? WHERE task.reference =
?;

UPDATE task SET state=?, ended=?, ended_by=? WHERE task.reference = ?;

UPDATE task SET state=?, ended=?, ended_by=?, reason=? WHERE task.reference = ?;
