ALTER TABLE `invitations` ADD `id` text;--> statement-breakpoint
ALTER TABLE `invitations` ADD `revoked_at` integer;--> statement-breakpoint
UPDATE `invitations` SET `id` = lower(hex(randomblob(12)));--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_id` ON `invitations` (`id`);