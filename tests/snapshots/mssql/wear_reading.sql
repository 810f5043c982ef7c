DELETE FROM wear_reading;

INSERT INTO wear_reading (seq, device, counter, reading, unit, at) VALUES (:seq, :device, :counter, :reading,
:unit, :at);

SELECT wear_reading.seq, wear_reading.device, wear_reading.counter, wear_reading.reading, wear_reading.unit,
wear_reading.at AS at FROM wear_reading;
