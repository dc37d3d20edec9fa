/// x87 instructions (SDM Vol. 2D, §A.5).
extension InstructionTable {
    static let x87Rows: StaticString = """
        # Arithmetic
        D8 /0           FADD        Md
        DC /0           FADD        Mq
        DA /0           FIADD       Md
        DE /0           FIADD       Mw
        D8 C0+i         FADD        ST,STi
        D8 /1           FMUL        Md
        DC /1           FMUL        Mq
        DA /1           FIMUL       Md
        DE /1           FIMUL       Mw
        D8 C8+i         FMUL        ST,STi
        D8 /2           FCOM        Md
        DC /2           FCOM        Mq
        DA /2           FICOM       Md
        DE /2           FICOM       Mw
        D8 D0+i         FCOM        ST,STi
        D8 /3           FCOMP       Md
        DC /3           FCOMP       Mq
        DA /3           FICOMP      Md
        DE /3           FICOMP      Mw
        D8 D8+i         FCOMP       ST,STi
        D8 /4           FSUB        Md
        DC /4           FSUB        Mq
        DA /4           FISUB       Md
        DE /4           FISUB       Mw
        D8 E0+i         FSUB        ST,STi
        D8 /5           FSUBR       Md
        DC /5           FSUBR       Mq
        DA /5           FISUBR      Md
        DE /5           FISUBR      Mw
        D8 E8+i         FSUBR       ST,STi
        D8 /6           FDIV        Md
        DC /6           FDIV        Mq
        DA /6           FIDIV       Md
        DE /6           FIDIV       Mw
        D8 F0+i         FDIV        ST,STi
        D8 /7           FDIVR       Md
        DC /7           FDIVR       Mq
        DA /7           FIDIVR      Md
        DE /7           FIDIVR      Mw
        D8 F8+i         FDIVR       ST,STi
        DC C0+i         FADD        STi,ST
        DE C0+i         FADDP       STi,ST
        DC C8+i         FMUL        STi,ST
        DE C8+i         FMULP       STi,ST
        DC E0+i         FSUBR       STi,ST
        DE E0+i         FSUBRP      STi,ST
        DC E8+i         FSUB        STi,ST
        DE E8+i         FSUBP       STi,ST
        DC F0+i         FDIVR       STi,ST
        DE F0+i         FDIVRP      STi,ST
        DC F8+i         FDIV        STi,ST
        DE F8+i         FDIVP       STi,ST
        DC D0+i         FCOM        ST,STi
        DC D8+i         FCOMP       ST,STi
        DE D0+i         FCOMP       ST,STi
        DE D9           FCOMPP      -
        D9 E0           FCHS        -
        D9 E1           FABS        -
        D9 E4           FTST        -
        D9 E5           FXAM        -
        D9 E8           FLD1        -
        D9 E9           FLDL2T      -
        D9 EA           FLDL2E      -
        D9 EB           FLDPI       -
        D9 EC           FLDLG2      -
        D9 ED           FLDLN2      -
        D9 EE           FLDZ        -
        D9 F0           F2XM1       -
        D9 F1           FYL2X       -
        D9 F2           FPTAN       -
        D9 F3           FPATAN      -
        D9 F4           FXTRACT     -
        D9 F5           FPREM1      -
        D9 F6           FDECSTP     -
        D9 F7           FINCSTP     -
        D9 F8           FPREM       -
        D9 F9           FYL2XP1     -
        D9 FA           FSQRT       -
        D9 FB           FSINCOS     -
        D9 FC           FRNDINT     -
        D9 FD           FSCALE      -
        D9 FE           FSIN        -
        D9 FF           FCOS        -
        # Loads, stores and exchanges
        D9 /0           FLD         Md         =FLD_M32
        DD /0           FLD         Mq         =FLD_M64
        DB /5           FLD         Mt         =FLD_M80
        D9 C0+i         FLD         STi        =FLD_ST
        D9 /2           FST         Md         =FST_M32
        DD /2           FST         Mq         =FST_M64
        DD D0+i         FST         STi
        D9 /3           FSTP        Md         =FSTP_M32
        DD /3           FSTP        Mq         =FSTP_M64
        DB /7           FSTP        Mt         =FSTP_M80
        DD D8+i         FSTP        STi
        D9 D8+i         FSTP        STi
        DF D0+i         FSTP        STi
        DF D8+i         FSTP        STi
        DF /0           FILD        Mw
        DB /0           FILD        Md
        DF /5           FILD        Mq
        DF /2           FIST        Mw
        DB /2           FIST        Md
        DF /3           FISTP       Mw
        DB /3           FISTP       Md
        DF /7           FISTP       Mq
        DF /1           FISTTP      Mw         since:max
        DB /1           FISTTP      Md         since:max
        DD /1           FISTTP      Mq         since:max
        DF /4           FBLD        Mt
        DF /6           FBSTP       Mt
        D9 C8+i         FXCH        STi
        DD C8+i         FXCH        STi
        DF C8+i         FXCH        STi
        DA C0+i         FCMOVB      ST,STi     =FCMOVCC k:0 r:c since:p6
        DB C0+i         FCMOVNB     ST,STi     =FCMOVCC k:4 r:c since:p6
        DA C8+i         FCMOVE      ST,STi     =FCMOVCC k:1 r:z since:p6
        DB C8+i         FCMOVNE     ST,STi     =FCMOVCC k:5 r:z since:p6
        DA D0+i         FCMOVBE     ST,STi     =FCMOVCC k:2 r:zc since:p6
        DB D0+i         FCMOVNBE    ST,STi     =FCMOVCC k:6 r:zc since:p6
        DA D8+i         FCMOVU      ST,STi     =FCMOVCC k:3 r:p since:p6
        DB D8+i         FCMOVNU     ST,STi     =FCMOVCC k:7 r:p since:p6
        # Comparisons
        DB F0+i         FCOMI       ST,STi     w:oszapc since:p6
        DF F0+i         FCOMIP      ST,STi     w:oszapc since:p6
        DB E8+i         FUCOMI      ST,STi     w:oszapc since:p6
        DF E8+i         FUCOMIP     ST,STi     w:oszapc since:p6
        DD E0+i         FUCOM       ST,STi
        DD E8+i         FUCOMP      ST,STi
        DA E9           FUCOMPP     -
        # Control
        D9 D0           FNOP        -
        DD C0+i         FFREE       STi
        DF C0+i         FFREEP      STi
        D9 /5           FLDCW       Mw
        D9 /7           FNSTCW      Mw
        DD /7           FNSTSW      Mw         =FNSTSW_M
        DF E0           FNSTSW      AX         =FNSTSW_AX
        DB E0           FNENI       -          =FNSETPM
        DB E1           FNDISI      -          =FNSETPM
        DB E2           FNCLEX      -
        DB E3           FNINIT      -
        DB E4           FNSETPM     -
        D9 /4           FLDENV      Me         width:v
        D9 /6           FNSTENV     Me         width:v
        DD /4           FRSTOR      Me         width:v
        DD /6           FNSAVE      Me         width:v
        """
}
