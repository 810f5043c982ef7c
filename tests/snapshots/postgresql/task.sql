DELETE FROM task;

INSERT INTO task (reference, duty, device, slot, item, quantity, why, state, opened) VALUES (%s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::BIGINT, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO task (reference, state, ended, ended_by) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR,
%s::VARCHAR);

INSERT INTO task (reference, state, ended, ended_by, reason) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR,
%s::VARCHAR, %s::VARCHAR);

SELECT task.reference, task.duty, task.device, task.slot, task.item, task.quantity, task.why, task.state,
task.opened AS opened, task.ended AS ended, task.ended_by, task.reason FROM task;

UPDATE task SET duty=%s::VARCHAR, device=%s::VARCHAR, slot=%s::VARCHAR, item=%s::VARCHAR, quantity=%s::BIGINT,
why=%s::VARCHAR, state=%s::VARCHAR, opened=%s::VARCHAR WHERE task.reference = %s::VARCHAR;

UPDATE task SET state=%s::VARCHAR, ended=%s::VARCHAR, ended_by=%s::VARCHAR WHERE task.reference = %s::VARCHAR;

UPDATE task SET state=%s::VARCHAR, ended=%s::VARCHAR, ended_by=%s::VARCHAR, reason=%s::VARCHAR WHERE
task.reference = %s::VARCHAR;
