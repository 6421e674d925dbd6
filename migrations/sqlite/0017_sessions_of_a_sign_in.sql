DROP INDEX `sessions_user`;--> statement-breakpoint
CREATE INDEX `sessions_lineage` ON `sessions` (`user_id`,coalesce("succeeds", "id"));
