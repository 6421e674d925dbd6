CREATE TABLE `oidc_logins` (
	`user_id` text NOT NULL,
	`lineage` text NOT NULL,
	`client_id` text NOT NULL,
	`expires_at` integer NOT NULL,
	`due_at` integer,
	`attempts` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`user_id`, `lineage`, `client_id`)
);
--> statement-breakpoint
CREATE INDEX `oidc_logins_due` ON `oidc_logins` (`due_at`);--> statement-breakpoint
CREATE INDEX `oidc_logins_expiry` ON `oidc_logins` (`expires_at`);--> statement-breakpoint
CREATE TABLE `oidc_records` (
	`key` text NOT NULL,
	`model` text NOT NULL,
	`payload` text NOT NULL,
	`expires_at` integer NOT NULL,
	`consumed_at` integer,
	`user_id` text,
	`lineage` text,
	`outlives_session` integer NOT NULL,
	`credential_id` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `oidc_records_key` ON `oidc_records` (`key`);--> statement-breakpoint
CREATE INDEX `oidc_records_user` ON `oidc_records` (`user_id`);--> statement-breakpoint
CREATE INDEX `oidc_records_expiry` ON `oidc_records` (`expires_at`);--> statement-breakpoint
ALTER TABLE `credentials` ADD `attested` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `succeeds` text;