using System.Text.Json;

namespace Storefront.Jobs.Orders;

/// <summary>How an enum's values are written in the database and in JSON: <c>SoldOut</c> is <c>sold-out</c>.</summary>
public static class EnumName
{
    public static string Of<T>(T value) where T : struct, Enum => Table<T>.Names[value];

    /// <exception cref="KeyNotFoundException">No value of <typeparamref name="T"/> is written like this.</exception>
    public static T Parse<T>(string name) where T : struct, Enum => Table<T>.Values[name];

    private static class Table<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Names =
            Enum.GetValues<T>().ToDictionary(value => value, value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()));

        public static readonly Dictionary<string, T> Values = Names.ToDictionary(pair => pair.Value, pair => pair.Key);
    }
}
