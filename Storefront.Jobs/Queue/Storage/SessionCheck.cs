using Npgsql;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// Whether a connection stays with one session of the server. Behind a pooler in transaction mode it does not: a prepared statement or a
/// setting of the planner is made in one session, is missing in the next, and is met by somebody else.
/// </summary>
internal static class SessionCheck
{
    private const string Mark = "select set_config('storefront.session', $1, false)";
    private const string Read = "select current_setting('storefront.session', true)";

    public static async Task<bool> IsKeptAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        var mark = Guid.NewGuid().ToString();
        await using var first = await database.OpenConnectionAsync(cancel);
        await AskAsync(first, Mark, mark, cancel);

        // A second connection takes the session that the first has left idle, if it may, and keeps it for as long as its transaction lasts.
        await using var second = await database.OpenConnectionAsync(cancel);
        await using var transaction = await second.BeginTransactionAsync(cancel);
        if (await AskAsync(second, Read, null, cancel) == mark) return false;
        return await AskAsync(first, Read, null, cancel) == mark;
    }

    private static async Task<string?> AskAsync(NpgsqlConnection connection, string sql, string? value, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        if (value is not null) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync(cancel) as string;
    }
}
