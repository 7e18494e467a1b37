-- Where an SPID sheet says something else than its vehicle's row. Compared without case and separators.
-- The vehicle's columns are read through to_jsonb, because not every database has all of them.
SELECT
  s.vehicle_id,
  s.image_id,
  f.field,
  f.vehicle_value,
  f.sheet_value,
  s.vin_valid,
  s.confidence
FROM vehicle_spid_data s
JOIN vehicles v ON v.id = s.vehicle_id
CROSS JOIN LATERAL (SELECT to_jsonb(v) AS row) AS vehicle
CROSS JOIN LATERAL (
  VALUES
    ('vin', vehicle.row ->> 'vin', s.vin, ARRAY[s.vin]),
    ('paint_code', vehicle.row ->> 'paint_code', nullif(array_to_string(s.paint_codes, ', '), ''),
      s.paint_codes || array_to_string(s.paint_codes, ', ')),
    ('build_date', vehicle.row ->> 'build_date', s.build_date, ARRAY[s.build_date, s.built_on::text])
) AS f (field, vehicle_value, sheet_value, accepted)
WHERE nullif(f.vehicle_value, '') IS NOT NULL
  AND nullif(f.sheet_value, '') IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM unnest(f.accepted) AS a (value)
    WHERE regexp_replace(upper(a.value), '[^A-Z0-9]', '', 'g')
        = regexp_replace(upper(f.vehicle_value), '[^A-Z0-9]', '', 'g')
  )
