"""Groups of commands that recognise a misspelt one."""

import click

from api.suggestions import did_you_mean


class Subcommands(click.Group):
    """A group that says which command may have been meant, and lists them in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one may have been meant."""
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            ctx.fail(f"There is no command '{args[0]}'{did_you_mean(args[0], known, 'the commands are')}")
        return super().resolve_command(ctx, args)
