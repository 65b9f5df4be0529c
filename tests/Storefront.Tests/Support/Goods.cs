namespace Storefront.Tests.Support;

/// <summary>SKUs of the seed catalogue that the tests order.</summary>
public static class Goods
{
    public const string Mug = "MUG-OAT";
    public const string Brush = "BRUSH-VEG";
    public const string Lamp = "LAMP-DESK";
}
