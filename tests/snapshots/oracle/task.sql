DELETE FROM task;

INSERT INTO task (reference, duty, device, slot, item, quantity, why, state, opened) VALUES (:reference,
:duty, :device, :slot, :item, :quantity, :why, :state, :opened);

INSERT INTO task (reference, state, ended, ended_by) VALUES (:reference, :state, :ended, :ended_by);

INSERT INTO task (reference, state, ended, ended_by, reason) VALUES (:reference, :state, :ended, :ended_by,
:reason);

SELECT task.reference, task.duty, task.device, task.slot, task.item, task.quantity, task.why, task.state,
task.opened AS opened, task.ended AS ended, task.ended_by, task.reason FROM task;

UPDATE task SET duty=:v_duty, device=:v_device, slot=:v_slot, item=:v_item, quantity=:v_quantity, why=:v_why,
state=:v_state, opened=:v_opened WHERE task.reference = :k_reference;

UPDATE task SET state=:v_state, ended=:v_ended, ended_by=:v_ended_by WHERE task.reference = :k_reference;

UPDATE task SET state=:v_state, ended=:v_ended, ended_by=:v_ended_by, reason=:v_reason WHERE task.reference =
:k_reference;
