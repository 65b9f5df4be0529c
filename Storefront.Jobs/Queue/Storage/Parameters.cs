using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// Parameters with an explicit type, so that a statement is prepared only once, whatever its values are. All text and JSON of the job
/// storage goes through here, and is made storable.
/// </summary>
internal static class Parameters
{
    public static NpgsqlParameter Bigints<T>(IEnumerable<T> rows, Func<T, long> value) => Array(NpgsqlDbType.Bigint, rows, value);

    public static NpgsqlParameter Bigints<T>(IEnumerable<T> rows, Func<T, long?> value) => Array(NpgsqlDbType.Bigint, rows, value);

    public static NpgsqlParameter Ints<T>(IEnumerable<T> rows, Func<T, int> value) => Array(NpgsqlDbType.Integer, rows, value);

    public static NpgsqlParameter Bools<T>(IEnumerable<T> rows, Func<T, bool> value) => Array(NpgsqlDbType.Boolean, rows, value);

    public static NpgsqlParameter Doubles<T>(IEnumerable<T> rows, Func<T, double?> value) => Array(NpgsqlDbType.Double, rows, value);

    public static NpgsqlParameter Texts<T>(IEnumerable<T> rows, Func<T, string?> value) =>
        Array(NpgsqlDbType.Text, rows, row => StorableText.From(value(row)));

    public static NpgsqlParameter Uuids<T>(IEnumerable<T> rows, Func<T, Guid> value) => Array(NpgsqlDbType.Uuid, rows, value);

    public static NpgsqlParameter Times<T>(IEnumerable<T> rows, Func<T, DateTime> value) => Array(NpgsqlDbType.TimestampTz, rows, value);

    public static NpgsqlParameter Jsons<T>(IEnumerable<T> rows, Func<T, string> value) =>
        Array(NpgsqlDbType.Jsonb, rows, row => StorableJson.From(value(row)));

    public static NpgsqlParameter Bigint(long value) =>
        new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter Number(double? value) =>
        new NpgsqlParameter<double?> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Double };

    public static NpgsqlParameter Text(string? value) =>
        new NpgsqlParameter<string?> { TypedValue = StorableText.From(value), NpgsqlDbType = NpgsqlDbType.Text };

    /// <summary>Text that Hangfire's callers must give.</summary>
    public static NpgsqlParameter Key(string key, [CallerArgumentExpression(nameof(key))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(key, name);
        return Text(key);
    }

    /// <summary>The number of a job, as Hangfire's callers write it.</summary>
    public static long Id(string jobId, [CallerArgumentExpression(nameof(jobId))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(jobId, name);
        return long.Parse(jobId, CultureInfo.InvariantCulture);
    }

    public static NpgsqlParameter Flag(bool value) => new NpgsqlParameter<bool> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Boolean };

    public static NpgsqlParameter Uuid(Guid value) => new NpgsqlParameter<Guid> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Uuid };

    public static NpgsqlParameter Time(DateTime value) =>
        new NpgsqlParameter<DateTime> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static NpgsqlParameter Array<TRow, T>(NpgsqlDbType type, IEnumerable<TRow> rows, Func<TRow, T> value) =>
        new NpgsqlParameter<T[]> { TypedValue = [.. rows.Select(value)], NpgsqlDbType = NpgsqlDbType.Array | type };
}
