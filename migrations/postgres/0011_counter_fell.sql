ALTER TABLE "credentials" ADD COLUMN "counter_fell_at" bigint;--> statement-breakpoint
-- Whoever is under suspicion already waits from now on.
UPDATE "credentials" SET "counter_fell_at" = (extract(epoch FROM now()) * 1000)::bigint WHERE "state" = 'suspected-clone';
