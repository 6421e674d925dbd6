ALTER TABLE `credentials` ADD `counter_fell_at` integer;--> statement-breakpoint
-- Whoever is under suspicion already waits from now on.
UPDATE `credentials` SET `counter_fell_at` = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE `state` = 'suspected-clone';
