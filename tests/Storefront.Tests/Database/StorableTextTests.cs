using System.Text;
using System.Text.Json;
using CsCheck;
using Newtonsoft.Json;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue.Storage;
using Storefront.Tests.Support;

namespace Storefront.Tests.Database;

public sealed class StorableTextTests
{
    private static readonly string[] Pieces =
    [
        "\0", "\ud800", "\udbff", "\udc00", "\udfff", "😀", "👩‍👩‍👧‍👦", "é", "e\u0301", "a", "\"", "\\", "\\\\",
        "\\u0000", "\\\\u0000", "u0000", "\\ud800", "ud83d", "\\udc00", "\n", "\u0001", "\uFFFF",
    ];

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Int[0, Pieces.Length - 1].Array[0, 12].Select(pieces => string.Concat(pieces.Select(n => Pieces[n]))),
        Gen.String);

    [Fact]
    public void The_storable_form_of_any_text_has_no_NUL_and_keeps_every_storable_character() => Texts.Sample(text =>
    {
        var storable = StorableText.From(text);

        new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(storable).ShouldNotContain((byte)0);
        storable.ShouldBe(Expected(text));
    }, iter: 20_000);

    [Fact]
    public void A_shortened_text_is_storable_and_is_a_beginning_of_the_whole_within_the_length() => Texts.Sample(text =>
    {
        for (var max = 1; max < 20; max++)
        {
            var shortened = StorableText.Shorten(text, max);
            shortened.EnumerateRunes().Count().ShouldBeLessThanOrEqualTo(max);
            shortened.ShouldBe(StorableText.From(shortened));
            if (shortened == StorableText.From(text)) continue;
            shortened.ShouldEndWith("…");
            StorableText.From(text).ShouldStartWith(shortened[..^1]);
        }
    }, iter: 2_000);

    [Fact]
    public void The_length_of_a_text_is_counted_in_characters_and_not_in_UTF16_units() =>
        StorableText.Shorten(string.Concat(Enumerable.Repeat("😀", 500)), 500).ShouldBe(string.Concat(Enumerable.Repeat("😀", 500)));

    [Theory]
    [InlineData("aaaa😀b", 5, "aaaa…")]
    [InlineData("aaaa😀b", 6, "aaaa😀b")]
    [InlineData("aaaa😀bc", 6, "aaaa😀…")]
    [InlineData("aaae\u0301b", 5, "aaa…")]
    [InlineData("a👩‍👩‍👧‍👦bcd", 6, "a…")]
    public void A_text_is_cut_between_visible_characters(string text, int max, string expected) =>
        StorableText.Shorten(text, max).ShouldBe(expected);

    [Fact]
    public void A_letter_with_thousands_of_accents_is_cut_as_well() =>
        StorableText.Shorten("a" + new string('\u0301', 5_000), 100).ShouldBe("a" + new string('\u0301', 98) + "…");

    [Fact]
    public void The_storable_form_of_any_JSON_is_valid_and_has_the_storable_text() => Texts.Sample(text =>
    {
        foreach (var json in Written(text)) Read(StorableJson.From(json)).ShouldBe(StorableText.From(text), json);
    }, iter: 20_000);

    [Fact]
    public async Task Postgres_stores_the_storable_form_of_any_text_and_JSON()
    {
        await using var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "empty");
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        var texts = new List<string>(Pieces);
        Texts.Sample(texts.Add, iter: 500, threads: 1);
        var jsons = texts.SelectMany(text => Written(text).Select(json => (Text: text, Json: json))).ToList();

        await using var command = source.CreateCommand("""
            select j ->> 'text', t, $3 from unnest($1::jsonb[], $2::text[]) with ordinality as given(j, t, n) order by n
            """);
        command.Parameters.Add(Parameters.Jsons(jsons, pair => pair.Json));
        command.Parameters.Add(Parameters.Texts(jsons, pair => pair.Text));
        command.Parameters.Add(Parameters.Text("\ud800\0"));
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        foreach (var (text, _) in jsons)
        {
            (await reader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
            reader.GetString(0).ShouldBe(StorableText.From(text));
            reader.GetString(1).ShouldBe(StorableText.From(text));
            reader.GetString(2).ShouldBe("\uFFFD\uFFFD");
        }
    }

    [Fact]
    public async Task Text_parameters_of_a_statement_are_made_storable()
    {
        await using var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "empty");
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);

        var rows = await source.ReadAsync("select $1::text, array_to_string($2::text[], ','), array_to_string($3::text[], ',')",
            ["a\0\ud800", new[] { "\udc00", "b" }, new List<string> { "\0" }],
            row => (row.GetString(0), row.GetString(1), row.GetString(2)), TestContext.Current.CancellationToken);

        rows.ShouldBe([("a\uFFFD\uFFFD", "\uFFFD,b", "\uFFFD")]);
    }

    private static IEnumerable<string> Written(string text)
    {
        var value = new Dictionary<string, string> { ["text"] = text };
        yield return JsonConvert.SerializeObject(value);
        yield return JsonConvert.SerializeObject(
            value, new JsonSerializerSettings { StringEscapeHandling = StringEscapeHandling.EscapeNonAscii });
        yield return $$"""{"text":"{{string.Concat(text.Select(c => $"\\u{(int)c:X4}"))}}"}""";
    }

    private static string Read(string json) => JsonDocument.Parse(json).RootElement.GetProperty("text").GetString()!;

    private static string Expected(string text)
    {
        var expected = new StringBuilder();
        // A lone surrogate is enumerated as U+FFFD.
        foreach (var rune in text.EnumerateRunes()) expected.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        return expected.ToString();
    }
}
