using Npgsql;

namespace Storefront.Jobs.Database;

/// <summary>
/// SQL with positional parameters: the n-th value is <c>$n</c>. A null has no type of its own, so the statement must give it one. Text is
/// made storable here, so that no caller has to think of it; text that is JSON has to go through <see cref="StorableJson"/> first. What is
/// executed here is a transaction of its own, and is repeated after <see cref="Conflicts"/>.
/// </summary>
public static class Sql
{
    public static NpgsqlCommand Query(this NpgsqlDataSource database, string sql, params ReadOnlySpan<object?> values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        return command;
    }

    public static Task<int> ExecuteAsync(this NpgsqlDataSource database, string sql, object?[] values, CancellationToken cancel) =>
        Conflicts.RepeatAsync(async () =>
        {
            await using var command = database.Query(sql, values);
            return await command.ExecuteNonQueryAsync(cancel);
        });

    /// <summary>The first value of the first row; null where there is none.</summary>
    public static Task<object?> AskAsync(this NpgsqlDataSource database, string sql, object?[] values, CancellationToken cancel) =>
        Conflicts.RepeatAsync(async () =>
        {
            await using var command = database.Query(sql, values);
            return await command.ExecuteScalarAsync(cancel) is { } value and not DBNull ? value : null;
        });

    public static Task<List<T>> ReadAsync<T>(
        this NpgsqlDataSource database, string sql, object?[] values, Func<NpgsqlDataReader, T> row, CancellationToken cancel) =>
        Conflicts.RepeatAsync(async () =>
        {
            await using var command = database.Query(sql, values);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancel)) rows.Add(row(reader));
            return rows;
        });

    public static NpgsqlBatchCommand InBatch(string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        return command;
    }

    /// <summary>Npgsql reads null into a <c>T?</c> only where T is a struct.</summary>
    public static string? TextOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static object? Storable(object? value) => value switch
    {
        string text => StorableText.From(text),
        IEnumerable<string?> texts => texts.Select(StorableText.From).ToArray(),
        _ => value,
    };

    private static NpgsqlParameter Parameter(object? value) => new() { Value = Storable(value) ?? DBNull.Value };
}
