INSERT INTO about (name, value) VALUES (%s::VARCHAR, %s::VARCHAR);

SELECT about.name, about.value FROM about;

UPDATE about SET value=%s::VARCHAR WHERE about.name = %s::VARCHAR;
