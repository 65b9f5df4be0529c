using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Npgsql;

namespace Storefront.Tests.Scale;

/// <summary>Every statement that this process sends to one database.</summary>
internal sealed class Statements : IDisposable
{
    private readonly ConcurrentDictionary<string, bool> seen = new();
    private readonly ActivityListener listener;

    public Statements(string database)
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("db.namespace") as string == database && activity.GetTagItem("db.query.text") is string sql)
                    seen.TryAdd(sql, true);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public IReadOnlyCollection<string> Seen => [.. seen.Keys.Where(sql => !sql.StartsWith("set ", StringComparison.Ordinal))];

    /// <summary>
    /// Those whose plan, made without knowing their values, reads the table from end to end: with that plan. Also those that name the table
    /// and that Postgres cannot plan without being told the types of their values.
    /// </summary>
    public async Task<IReadOnlyList<string>> ScanningAsync(BigShop shop, string table)
    {
        var name = table.Split('.')[1];
        var plans = new List<string>();
        await using var connection = new NpgsqlConnection(shop.ConnectionString);
        await connection.OpenAsync();
        foreach (var sql in Seen.SelectMany(text => text.Split(";\n")).Where(text => text.Contains(name, StringComparison.Ordinal)))
        {
            var plan = await PlanAsync(connection, sql);
            if (plan is null) plans.Add($"{sql}\n(no plan without values)");
            else if (Regex.IsMatch(plan, $@"Seq Scan on (\S+\.)?{name}\b")) plans.Add($"{sql}\n{plan}");
        }

        return plans;
    }

    private static async Task<string?> PlanAsync(NpgsqlConnection connection, string sql)
    {
        try
        {
            await LinesAsync(connection, $"set plan_cache_mode = force_generic_plan; deallocate all; prepare it as {sql}");
            var types = await LinesAsync(connection, "select unnest(parameter_types)::text from pg_prepared_statements where name = 'it'");
            var values = types.Count == 0 ? "" : $"({string.Join(", ", types.Select(_ => "null"))})";
            return string.Join('\n', await LinesAsync(connection, $"explain execute it{values}"));
        }
        catch (PostgresException)
        {
            return null;
        }
    }

    private static async Task<List<string>> LinesAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }

    public void Dispose() => listener.Dispose();
}
