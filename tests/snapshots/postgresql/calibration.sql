DELETE FROM calibration;

INSERT INTO calibration (seq, device, quantity, unit, value_before, value_after, reference, tolerance, passed,
person, at) VALUES (%s::BIGINT, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::FLOAT, %s::FLOAT, %s::FLOAT,
%s::FLOAT, %s::SMALLINT, %s::VARCHAR, %s::VARCHAR);

SELECT calibration.seq, calibration.device, calibration.quantity, calibration.unit, calibration.value_before,
calibration.value_after, calibration.reference, calibration.tolerance, calibration.passed AS passed,
calibration.person, calibration.at AS at FROM calibration;
