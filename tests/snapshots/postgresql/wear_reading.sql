DELETE FROM wear_reading;

INSERT INTO wear_reading (seq, device, counter, reading, unit, at) VALUES (%s::BIGINT, %s::VARCHAR,
%s::VARCHAR, %s::FLOAT, %s::VARCHAR, %s::VARCHAR);

SELECT wear_reading.seq, wear_reading.device, wear_reading.counter, wear_reading.reading, wear_reading.unit,
wear_reading.at AS at FROM wear_reading;
